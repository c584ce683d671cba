/** What an event of the audit log says besides who, what and when: ids shortened, long lists cut. */
import { shortened } from "./atoms";

const AMONG = 3;
const LONG = 60;

/** What an event says under one name, a dot between it and what stands before; nothing where it says nothing. */
export function Detail({ name, value }: { name: string; value: unknown }) {
  if (value === null || (Array.isArray(value) && value.length === 0)) return null;
  return (
    <span class="detail">
      <span class="quiet">{name.replaceAll("_", " ")}</span> {told(value)}
    </span>
  );
}

/** Ids shortened, of long lists the first few and how many more there are. */
function told(value: unknown): string {
  if (Array.isArray(value)) {
    const shown = value.slice(0, AMONG).map(told).join(", ");
    return value.length > AMONG ? `${shown} and ${value.length - AMONG} more` : shown;
  }
  if (typeof value === "string") {
    return isId(value) || value.length > LONG ? shortened(value, 10) : value.replaceAll("_", " ");
  }
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "object" ? shortened(JSON.stringify(value), LONG, 1) : String(value);
}

/** The id of something, or the key of a wallet: one word, and long. */
function isId(text: string): boolean {
  return /^[a-z]+[_:]\S{4,}$/.test(text) && !/^[a-z_]+$/.test(text);
}
