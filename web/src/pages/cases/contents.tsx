/** One line to put more into a case. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { useSubmit } from "../../ui/submit";
import { listed } from "./new";

interface Props {
  label: string;
  placeholder: string;
  add: (given: string[]) => Promise<void>;
}

export function Add({ label, placeholder, add }: Props) {
  const id = useId();
  const text = useSignal("");
  const sending = useSubmit(async () => {
    const given = listed(text.value);
    if (given.length === 0) return;
    await add(given);
    text.value = "";
  });
  return (
    <form class="inside" onSubmit={sending.onSubmit}>
      <div class="row">
        <label htmlFor={id}>
          <small>{label}</small>
        </label>
        <input
          id={id}
          class="grow"
          autoComplete="off"
          spellcheck={false}
          placeholder={placeholder}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
        />
        <button type="submit" disabled={sending.isBusy || !text.value.trim()}>
          Add
        </button>
      </div>
      {sending.failure}
    </form>
  );
}
