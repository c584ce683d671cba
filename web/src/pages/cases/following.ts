/** What is asked for beside a case is asked for again when the case changed; what is shown stays meanwhile. */
import { useEffect, useRef } from "preact/hooks";
import { answered, api, type Schemas } from "../../api/client";
import { type Listing, useListing } from "../../api/listing";

export type CaseEvent = Schemas["CaseEventView"];

const MOST = 500;

export function useAgain(version: string, again: () => void): void {
  const seen = useRef(version);
  useEffect(() => {
    if (seen.current === version) return;
    seen.current = version;
    again();
  }, [version]);
}

/** The events about a case, oldest first. */
export function useHistory(id: string, version: string): Listing<CaseEvent> {
  const listing = useListing(id, (cursor, signal) =>
    answered(
      api.GET("/api/v1/cases/{case}/history", {
        params: { path: { case: id }, query: { limit: MOST, ...(cursor ? { cursor } : {}) } },
        signal,
      }),
    ),
  );
  useAgain(version, listing.again);
  return listing;
}

/** The latest event of an action, with the texts of its details; undefined where there is none. */
export function latest(events: readonly CaseEvent[], action: string): (CaseEvent & { told: Told }) | undefined {
  const found = events.findLast((one) => one.action === action);
  return found && { ...found, told: { outcome: text(found.details.outcome), reason: text(found.details.reason) } };
}

interface Told {
  outcome: string | null;
  reason: string | null;
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
