/** Loading, empty and failed as designed states: what it means, and the next step. */
import type { ComponentChildren } from "preact";
import type { Asking } from "../api/asking";
import type { Problem } from "../api/client";

export function Loading({ what }: { what: string }) {
  return (
    <p class="state" role="status">
      Loading {what} …
    </p>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="state empty">{children}</div>;
}

export function Failed({ problem, again }: { problem: Problem; again?: () => void }) {
  return (
    <div class="state failed" role="alert">
      <p>
        <strong>{problem.title}.</strong> {problem.detail !== problem.title && problem.detail}
      </p>
      {problem.fields.length > 0 && (
        <ul>
          {problem.fields.map((one) => (
            <li key={one.field}>
              <code>{one.field}</code> {one.message}
            </li>
          ))}
        </ul>
      )}
      {problem.requestId && <p class="quiet">Request {problem.requestId}</p>}
      {again && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

/** What was asked for, once it is there; until then its state, and stale data with the failure above them. */
export function Shown<T>({
  asked,
  what,
  children,
}: {
  asked: Asking<T>;
  what: string;
  children: (data: T) => ComponentChildren;
}) {
  return (
    <>
      {asked.problem && <Failed problem={asked.problem} again={asked.again} />}
      {asked.data !== null ? children(asked.data) : !asked.problem && <Loading what={what} />}
    </>
  );
}
