/** A what-if, answered: shares as they are and as supposed, and what both score. */
import type { Schemas } from "../api/client";
import { SeverityMark, Share } from "./atoms";
import { Category } from "./categories";
import { counted, percent, scored } from "./numbers";

type View = Schemas["WhatIfView"];
type Half = Schemas["SupposedView"];

export function Differing({ found }: { found: View }) {
  const { before, after } = found;
  const names = [...new Set([...shares(before).keys(), ...shares(after).keys()])];
  return (
    <>
      <p>
        This side scores <Weight of={before} /> as it is and <Weight of={after} /> as supposed, at #
        {counted(found.watermark)}.
        {!(before.exact && after.exact) && " Not all flows in reach were read: shares are at least these."}
      </p>
      <section class="scroll" aria-label="As it is and as supposed" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Share of the money</th>
              <th scope="col" class="number">
                As it is
              </th>
              <th scope="col" class="number">
                As supposed
              </th>
              <th scope="col" class="number">
                Change
              </th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <Row key={name} name={name} was={shares(before).get(name) ?? 0} then={shares(after).get(name) ?? 0} />
            ))}
          </tbody>
        </table>
      </section>
      {found.unmet.length > 0 && (
        <p class="quiet">Nowhere in reach, so that it changes nothing: {found.unmet.join(", ")}.</p>
      )}
    </>
  );
}

function Row({ name, was, then }: { name: string; was: number; then: number }) {
  const change = then - was;
  const isCategory = !name.startsWith("(");
  return (
    <tr>
      <th scope="row">{isCategory ? <Category name={name} /> : name.slice(1, -1).replaceAll("_", " ")}</th>
      <td class="number">
        <Share share={was} />
      </td>
      <td class="number">
        <Share share={then} />
      </td>
      <td class="number">{`${change > 0 ? "+" : change < 0 ? "−" : ""}${percent(Math.abs(change))}`}</td>
    </tr>
  );
}

function Weight({ of }: { of: Half }) {
  return (
    <>
      <strong>{scored(of.score)}</strong> <SeverityMark severity={of.severity} />
    </>
  );
}

/** By category, and by reason in brackets. */
function shares(half: Half): Map<string, number> {
  return new Map([
    ...half.categories.map((one) => [one.category, one.share] as const),
    ...half.residuals.map((one) => [`(${one.reason})`, one.share] as const),
  ]);
}
