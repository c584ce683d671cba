/** A list with its states: loading, failed, nothing there, there is more. */
import type { ComponentChildren } from "preact";
import type { Listing } from "../api/listing";
import { many } from "./numbers";
import { Empty, Shown } from "./states";

interface Props<Row> {
  listing: Listing<Row>;
  /** What is listed, in the plural: "alerts", "entities". */
  what: string;
  empty: ComponentChildren;
  children: (rows: readonly Row[]) => ComponentChildren;
}

export function Listed<Row>({ listing, what, empty, children }: Props<Row>) {
  return (
    <Shown asked={listing} what={what}>
      {(page) =>
        page.items.length === 0 ? (
          <Empty>{empty}</Empty>
        ) : (
          <>
            {children(page.items)}
            <p class="row quiet">
              {many(page.items.length, singular(what), what)} shown{listing.hasMore ? ", there are more" : ""}
              {listing.hasMore && (
                <button type="button" onClick={listing.more} disabled={listing.isMore}>
                  {listing.isMore ? "Loading …" : "Show more"}
                </button>
              )}
            </p>
          </>
        )
      }
    </Shown>
  );
}

function singular(what: string): string {
  return what.replace(/ies$/, "y").replace(/s$/, "");
}
