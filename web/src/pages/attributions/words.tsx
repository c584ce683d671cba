/** How an attribution stands, in words. */
import type { Schemas } from "../../api/client";
import { Time } from "../../ui/atoms";

export type Attribution = Schemas["AttributionView"];

/** In force, or why not; a category that is not in the table decides nothing. */
export function Standing({ of }: { of: Attribution }) {
  if (of.withdrawn_at) return <span class="tag quiet">withdrawn</span>;
  if (of.review) return <span class="tag review">for review</span>;
  return of.in_force ? <span class="tag in-force">in force</span> : <span class="tag quiet">not valid now</span>;
}

export function Span({ of }: { of: Attribution }) {
  if (!of.valid_from && !of.valid_to) return <>always</>;
  return (
    <>
      {of.valid_from ? <Time at={of.valid_from} short /> : "always"} to{" "}
      {of.valid_to ? <Time at={of.valid_to} short /> : "now"}
    </>
  );
}

export function attributionPath(id: string): string {
  return `/attributions/${encodeURIComponent(id)}`;
}
