/** A control of which the text stands as it was typed as long as it means the same as the value. */
import { useSignal } from "@preact/signals";
import type { Problem } from "../api/client";
import { Field, TextArea } from "./fields";

interface Props {
  label: string;
  value: unknown;
  change: (value: unknown) => void;
  read?: (text: string) => unknown;
  write?: (value: unknown) => string;
  rows?: number;
  hint?: string;
  placeholder?: string;
  problem?: Problem | null;
  field?: string;
}

const asIs = (text: string): unknown => text;
const plain = (value: unknown) => (value === null || value === undefined ? "" : String(value));

export function Typed({ value, change, read = asIs, write = plain, rows, ...rest }: Props) {
  const typed = useSignal(write(value));
  const isSame = JSON.stringify(read(typed.value)) === JSON.stringify(value);
  const bound = {
    get value() {
      return isSame ? typed.value : write(value);
    },
    set value(text: string) {
      typed.value = text;
      change(read(text));
    },
  };
  return rows ? <TextArea {...rest} rows={rows} value={bound} /> : <Field {...rest} value={bound} />;
}

/** A number; empty text is null, and what is no number stays text for the server to refuse. */
export function readNumber(text: string): unknown {
  const number = Number(text);
  if (text.trim() === "") return null;
  return Number.isFinite(number) ? number : text;
}
