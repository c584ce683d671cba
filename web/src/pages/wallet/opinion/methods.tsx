/** The same money by every method, side by side; whether it matters which is taken. */
import type { ComponentChildren } from "preact";
import { useAsked } from "../../../api/asking";
import { answered, api, type Schemas } from "../../../api/client";
import { Box, SeverityMark, Share } from "../../../ui/atoms";
import { Category } from "../../../ui/categories";
import { counted, many, scored } from "../../../ui/numbers";
import { Shown } from "../../../ui/states";
import { clockNow, told } from "../clock";
import { type Side, stopMeaning, stopName } from "../words";

type MethodsView = Schemas["MethodsView"];
type MethodView = Schemas["MethodView"];

const NAMES: Record<Schemas["MethodView"]["method"], { name: string; means: string }> = {
  haircut: { name: "Haircut", means: "In proportion to all that ever came in; ours, unless another is asked for." },
  time_ordered_haircut: { name: "Haircut in time", means: "In proportion to what was held when it was paid." },
  fifo: { name: "FIFO", means: "The oldest units are paid first." },
  poison: { name: "Poison", means: "All of it, as soon as anything reaches it; adds up to more than there is." },
};

export function Methods({ wallet, side }: { wallet: string; side: Side }) {
  const { hops, as_of, known_at } = clockNow();
  const asked = useAsked(`${wallet} ${side} ${told(clockNow())}`, (signal) => {
    const params = { path: { key: wallet }, query: { direction: side, hops, as_of, known_at } };
    return answered(api.GET("/api/v1/wallets/{key}/methods", { params, signal }));
  });
  return (
    <Box
      title="By other methods"
      aside={asked.data && <small>{`${many(hops, "hop")} at #${counted(asked.data.watermark)}`}</small>}
    >
      <Shown asked={asked} what="the methods">
        {(found) => (
          <div class="form">
            <div class="inside">
              <p>{verdict(found)}</p>
            </div>
            <SideBySide found={found} />
          </div>
        )}
      </Shown>
    </Box>
  );
}

function verdict(found: MethodsView) {
  const above = found.methods.filter((one) => one.above).map((one) => NAMES[one.method].name.toLowerCase());
  const under = `${found.threshold} (${found.severity})`;
  if (!found.sensitive_to_method)
    return above.length > 0
      ? `By every method the score of this side reaches ${under}.`
      : `By no method does the score of this side reach ${under}.`;
  return (
    <>
      <strong>Sensitive to method:</strong> it reaches {under} by {new Intl.ListFormat("en").format(above)} only.
    </>
  );
}

function SideBySide({ found }: { found: MethodsView }) {
  const categories = [...new Set(found.methods.flatMap((one) => one.categories.map((part) => part.category)))];
  const rests = [...new Set(found.methods.flatMap((one) => one.residuals.map((part) => part.reason)))];
  return (
    <section class="scroll" aria-label="Shares by method" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Share of the money</th>
            {found.methods.map((one) => (
              <th key={one.method} scope="col" class="number" title={NAMES[one.method].means}>
                {NAMES[one.method].name}
                {!one.exact && <small> cut</small>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {categories.map((name) => (
            <Row
              key={name}
              head={<Category name={name} />}
              of={(one) => part(one.categories.find((given) => given.category === name)?.share)}
              found={found}
            />
          ))}
          {rests.map((reason) => (
            <Row
              key={reason}
              head={<span title={stopMeaning(reason)}>{stopName(reason)}</span>}
              of={(one) => part(one.residuals.find((given) => given.reason === reason)?.share)}
              found={found}
            />
          ))}
          <Row
            head={<strong>Score of this side</strong>}
            of={(one) => (
              <>
                {scored(one.score)} <SeverityMark severity={one.severity} />
              </>
            )}
            found={found}
          />
        </tbody>
      </table>
    </section>
  );
}

interface RowProps {
  head: ComponentChildren;
  of: (one: MethodView) => ComponentChildren;
  found: MethodsView;
}

function Row({ head, of, found }: RowProps) {
  return (
    <tr>
      <th scope="row">{head}</th>
      {found.methods.map((one) => (
        <td key={one.method} class="number">
          {of(one)}
        </td>
      ))}
    </tr>
  );
}

/** What a method does not tell of is nothing by it. */
function part(share: number | undefined) {
  return share === undefined ? "" : <Share share={share} />;
}
