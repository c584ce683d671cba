/** An entity: which wallets, where their money came from and went, what holds them together, and a veto of that. */
import { useAsked } from "../../api/asking";
import { answered, api, type Schemas } from "../../api/client";
import { useListing } from "../../api/listing";
import type { PageProps } from "../../routes";
import { currency } from "../../session/about";
import { Box, Copy, Key, Money } from "../../ui/atoms";
import { Category, categoryColour } from "../../ui/categories";
import { Bar } from "../../ui/bar";
import { Listed } from "../../ui/listed";
import { counted, many, percent } from "../../ui/numbers";
import { PageHead } from "../../ui/page";
import { Shown } from "../../ui/states";
import { Proof } from "./proof";

type View = Schemas["EntityView"];
type Side = "source" | "destination";

export default function Entity({ parameters }: PageProps) {
  const key = parameters.key ?? "";
  const asked = useAsked(key, (signal) =>
    answered(api.GET("/api/v1/entities/{entity}", { params: { path: { entity: key } }, signal })),
  );
  return (
    <Shown asked={asked} what="the entity">
      {(found) => <Known found={found} again={asked.again} />}
    </Shown>
  );
}

function Known({ found, again }: { found: View; again: () => void }) {
  return (
    <>
      <PageHead
        title={`${many(found.size, "wallet")} of one owner`}
        beside={<span class="tag">{found.network}</span>}
      />
      <p class="row">
        <span class="mono">{found.key}</span>
        <Copy text={found.key} />
        <span>confidence {percent(found.confidence)}</span>
        <span>
          <Money amount={found.received} unit={currency()} /> received, <Money amount={found.sent} unit={currency()} />{" "}
          sent
        </span>
      </p>
      {found.attributions.length > 0 && (
        <ul class="plain row" aria-label="What is said of its wallets">
          {found.attributions.map((one) => (
            <li key={one.attribution}>
              <Category name={one.category} /> {one.actor ?? ""} <span class="quiet">{one.source}</span>
            </li>
          ))}
        </ul>
      )}
      <div class="columns">
        <Exposure entity={found.key} side="source" title="Where the money came from" />
        <Exposure entity={found.key} side="destination" title="Where the money went" />
      </div>
      <div class="columns">
        <Members entity={found.key} size={found.size} />
        <Proof entity={found.key} again={again} />
      </div>
    </>
  );
}

function Exposure({ entity, side, title }: { entity: string; side: Side; title: string }) {
  const asked = useAsked(`${entity} ${side}`, (signal) => {
    const params = { path: { entity }, query: { direction: side } };
    return answered(api.GET("/api/v1/entities/{entity}/exposure", { params, signal }));
  });
  return (
    <Box title={title} aside={asked.data && <small>{`${many(asked.data.hops, "hop")} between owners`}</small>}>
      <div class="inside">
        <Shown asked={asked} what={`the ${side} side`}>
          {(found) =>
            found.categories.length + found.residuals.length === 0 ? (
              <p class="quiet">Nothing crossed its border on this side.</p>
            ) : (
              <Bar
                label={`${title}, 100 %`}
                segments={[
                  ...found.categories.map((one) => ({
                    name: one.category.replaceAll("_", " "),
                    share: one.share,
                    colour: categoryColour(one.category),
                  })),
                  ...found.residuals.map((one) => ({ name: one.reason.replaceAll("_", " "), share: one.share })),
                ]}
              />
            )
          }
        </Shown>
      </div>
    </Box>
  );
}

function Members({ entity, size }: { entity: string; size: number }) {
  const listing = useListing(entity, (cursor, signal) => {
    const params = { path: { entity }, query: { limit: 100, cursor } };
    return answered(api.GET("/api/v1/entities/{entity}/members", { params, signal }));
  });
  return (
    <Box title="Wallets" aside={<small>{counted(size)}</small>}>
      <div class="inside">
        <Listed listing={listing} what="wallets" empty={<p>None.</p>}>
          {(rows) => (
            <ul class="plain rows">
              {rows.map((one) => (
                <li key={one.key} class="row">
                  <Key of={one.key} href={`/wallets/${encodeURIComponent(one.key)}`} />
                  {one.category && <Category name={one.category} />}
                  <span class="quiet">
                    <Money amount={one.in_value} /> in, <Money amount={one.out_value} /> out
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Listed>
      </div>
    </Box>
  );
}
