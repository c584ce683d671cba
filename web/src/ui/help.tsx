/** What the keys do on this page. */
import { Dialog } from "./dialog";
import { shortcuts } from "./keys";

export function Help({ close }: { close: () => void }) {
  const seen = new Set<string>();
  const own = shortcuts().filter((one) => !seen.has(one.key) && seen.add(one.key));
  return (
    <Dialog title="Keys" close={close}>
      <dl class="facts">
        {own.map((one) => (
          <Line key={one.key} name={one.key} does={one.does} />
        ))}
      </dl>
      <form method="dialog" class="row">
        <button type="submit">Close</button>
      </form>
    </Dialog>
  );
}

function Line({ name, does }: { name: string; does: string }) {
  const parts = name.replace("shift+", "Shift ").split(" ");
  return (
    <>
      <dt>
        {parts.map((one) => (
          <kbd key={one}>{one.length === 1 ? one.toUpperCase() : one}</kbd>
        ))}
      </dt>
      <dd>{does}</dd>
    </>
  );
}
