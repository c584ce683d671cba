/** The way from an event to the root that was signed, hash by hash. */
import { shortened } from "../../ui/atoms";
import { counted } from "../../ui/numbers";
import type { Step } from "./merkle";

export function Path({ steps, seq }: { steps: readonly Step[]; seq: number }) {
  return (
    <section class="scroll" aria-label="The way to the root">
      <table>
        <thead>
          <tr>
            <th scope="col">Joined with</th>
            <th scope="col">on its</th>
            <th scope="col">hash</th>
            <th scope="col">gives, over events</th>
            <th scope="col">hash</th>
          </tr>
        </thead>
        <tbody>
          {covered(steps, seq).map(({ step, first, end }) => (
            <tr key={step.node}>
              <td>{span(step.first, step.end)}</td>
              <td>{step.isLeft ? "left" : "right"}</td>
              <td class="mono" title={step.sibling}>
                {shortened(step.sibling, 8, 8)}
              </td>
              <td>{span(first, end)}</td>
              <td class="mono" title={step.node}>
                {shortened(step.node, 8, 8)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What each node stands over: the event, and all that it was joined with so far. */
function covered(steps: readonly Step[], seq: number): { step: Step; first: number; end: number }[] {
  let [first, end] = [seq - 1, seq];
  return steps.map((step) => {
    [first, end] = [Math.min(first, step.first), Math.max(end, step.end)];
    return { step, first, end };
  });
}

/** Leaves count from 0, events from 1. */
function span(first: number, end: number): string {
  return end - first === 1 ? `event ${counted(end)}` : `events ${counted(first + 1)} to ${counted(end)}`;
}
