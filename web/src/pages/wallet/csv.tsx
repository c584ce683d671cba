/** A list saved as it is filtered, the whole of it. */
import { saveCsv } from "../../api/files";
import { useSubmit } from "../../ui/submit";

export function CsvButton({ address, name }: { address: string; name: string }) {
  const { run, isBusy, failure } = useSubmit(() => saveCsv(address, name));
  return (
    <>
      <button type="button" disabled={isBusy} onClick={() => void run()}>
        {isBusy ? "Saving …" : "Save as CSV"}
      </button>
      {failure}
    </>
  );
}
