/** One attribution: who says what of which wallet, since when, and what became of it. */
import "./attributions.css";
import { useSignal } from "@preact/signals";
import { useAsked } from "../../api/asking";
import { answered, api, type Schemas } from "../../api/client";
import type { PageProps } from "../../routes";
import { isOneOf, mayRun } from "../../session/me";
import { Who } from "../../ui/person";
import { Box, Copy, Key, Share, shortened, Time } from "../../ui/atoms";
import { Category } from "../../ui/categories";
import { useKeys } from "../../ui/keys";
import { PageHead } from "../../ui/page";
import { Shown } from "../../ui/states";
import { NewAttribution } from "./new";
import { Withdraw } from "./withdraw";
import { attributionPath, Span, Standing } from "./words";

type Detail = Schemas["AttributionDetail"];

export default function Page({ parameters }: PageProps) {
  const id = parameters.id ?? "";
  const asked = useAsked(id, (signal) =>
    answered(api.GET("/api/v1/attributions/{attribution}", { params: { path: { attribution: id } }, signal })),
  );
  return (
    <Shown asked={asked} what="the attribution">
      {(found) => <Whole found={found} again={asked.again} />}
    </Shown>
  );
}

function Whole({ found, again }: { found: Detail; again: () => void }) {
  const form = useSignal<"correct" | "withdraw" | null>(null);
  // What an authority lists is an admin's to change.
  const mayChange = !found.withdrawn_at && (found.official ? isOneOf("admin") : mayRun());
  const close = () => {
    form.value = null;
  };
  const keys = (["correct", "withdraw"] as const).map((does) => ({
    key: does.charAt(0),
    does: `${does} the attribution`,
    run: () => {
      form.value = does;
    },
  }));
  useKeys(mayChange ? keys : [], [mayChange]);
  return (
    <>
      <PageHead
        title={`${shortened(found.wallet)} is ${found.category.replaceAll("_", " ")}`}
        beside={<Standing of={found} />}
        actions={
          mayChange &&
          keys.map(({ key, does, run }) => (
            <button key={key} type="button" onClick={run}>
              {key === "c" ? "Correct …" : "Withdraw …"} <kbd title={does}>{key.toUpperCase()}</kbd>
            </button>
          ))
        }
      />
      {found.review && (
        <p class="notice">
          The category is not in the table, so that this decides nothing. Correct it with one that is.
        </p>
      )}
      {!found.withdrawn_at && !mayChange && mayRun() && (
        <p class="quiet">An official listing takes an admin to correct or withdraw.</p>
      )}
      <div class="columns">
        <Box title="What is said">
          <Facts found={found} />
        </Box>
        <Changes changes={found.changes} />
      </div>
      {form.value === "correct" && <NewAttribution supersedes={found} close={close} />}
      {form.value === "withdraw" && <Withdraw found={found} close={close} done={again} />}
    </>
  );
}

function Facts({ found }: { found: Detail }) {
  return (
    <div class="inside">
      <dl class="facts">
        <dt>wallet</dt>
        <dd>
          <Key of={found.wallet} name={found.wallet} href={`/wallets/${encodeURIComponent(found.wallet)}`} />
        </dd>
        <dt>category</dt>
        <dd>
          <Category name={found.category} /> <small>{found.class ?? "not in the table"}</small>
        </dd>
        <dt>actor</dt>
        <dd>{found.actor ?? <span class="quiet">unknown</span>}</dd>
        <dt>source</dt>
        <dd>
          <a href={`/attributions?source=${encodeURIComponent(found.source)}`}>{found.source}</a>{" "}
          {found.official && <span class="tag">official</span>}
        </dd>
        <dt>confidence</dt>
        <dd>
          <Share share={found.confidence} />
        </dd>
        <dt>true</dt>
        <dd>
          <Span of={found} />
        </dd>
        <dt>recorded</dt>
        <dd>
          <Time at={found.recorded_at} /> {found.author && <Who id={found.author} />}
        </dd>
        {found.withdrawn_at && (
          <>
            <dt>withdrawn</dt>
            <dd>
              <Time at={found.withdrawn_at} />
            </dd>
          </>
        )}
        {found.supersedes && (
          <>
            <dt>instead of</dt>
            <dd>
              <a href={attributionPath(found.supersedes)}>{shortened(found.supersedes, 10)}</a>
            </dd>
          </>
        )}
        <dt>note</dt>
        <dd>{found.note ?? <span class="quiet">none</span>}</dd>
        <dt>id</dt>
        <dd class="mono">
          {found.id}
          <Copy text={found.id} />
        </dd>
      </dl>
    </div>
  );
}

function Changes({ changes }: { changes: Detail["changes"] }) {
  return (
    <Box title="History">
      {changes.length === 0 ? (
        <p class="state">It was there before the ledger; nobody recorded it.</p>
      ) : (
        <ol class="plain steps">
          {changes.map((one) => (
            <li key={one.seq}>
              <Time at={one.at} /> <Who id={one.actor} /> {one.kind} it
              {one.reason && <p>{one.reason}</p>}
              <p>
                <small>
                  <a href={`/audit/${one.seq}`}>event #{one.seq}</a>
                </small>
              </p>
            </li>
          ))}
        </ol>
      )}
    </Box>
  );
}
