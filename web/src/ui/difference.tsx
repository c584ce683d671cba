/** The difference of two texts as people read it: what went with a minus, what came with a plus. */
import { difference, type Line } from "./diff";
import "./difference.css";

const MARKS = { same: " ", gone: "−", new: "+" } as const;
const WORDS = { same: "", gone: "removed: ", new: "added: " } as const;
/** So many equal lines stay before and after what differs. */
const ROUND = 3;

export function Difference({ before, after }: { before: readonly string[]; after: readonly string[] }) {
  const lines = difference(before, after);
  if (lines.every((one) => one.kind === "same")) return <p class="quiet">There is no difference.</p>;
  return (
    <section class="difference mono" aria-label="Difference">
      {shown(lines).map((one, place) =>
        one === null ? (
          <p key={place} class="quiet">
            ⋯
          </p>
        ) : (
          <p key={place} class={one.kind}>
            <span aria-hidden="true">{MARKS[one.kind]} </span>
            <span class="unseen">{WORDS[one.kind]}</span>
            {one.text}
          </p>
        ),
      )}
    </section>
  );
}

/** The lines near a difference; null stands for what was left out. */
function shown(lines: readonly Line[]): (Line | null)[] {
  const isNear = (place: number) =>
    lines.slice(Math.max(0, place - ROUND), place + ROUND + 1).some((one) => one.kind !== "same");
  const found: (Line | null)[] = [];
  for (const [place, line] of lines.entries()) {
    if (isNear(place)) found.push(line);
    else if (found.at(-1) !== null) found.push(null);
  }
  return found;
}
