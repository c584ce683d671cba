/** What people did about the wallet: alerts, cases, watchlists. */
import { useAsked } from "../../api/asking";
import { answered, api, type Schemas } from "../../api/client";
import { Box, SeverityMark, Time } from "../../ui/atoms";
import { many, scored } from "../../ui/numbers";
import { Shown } from "../../ui/states";
import { Watchlists } from "./watchlists";

const FEW = 10;

export function Work({ wallet }: { wallet: string }) {
  return (
    <div class="columns">
      <Alerts wallet={wallet} />
      <div class="form">
        <Cases wallet={wallet} />
        <Watchlists wallet={wallet} />
      </div>
    </div>
  );
}

function Alerts({ wallet }: { wallet: string }) {
  const asked = useAsked(wallet, (signal) =>
    answered(api.GET("/api/v1/alerts", { params: { query: { wallet, limit: FEW, sort: "newest" } }, signal })),
  );
  const all = `/alerts?wallet=${encodeURIComponent(wallet)}`;
  return (
    <Box title="Alerts" aside={<a href={all}>In the queue</a>}>
      <Shown asked={asked} what="alerts">
        {(page) =>
          page.items.length === 0 ? (
            <p class="state">No alert names this wallet.</p>
          ) : (
            <>
              <ul class="plain lines">
                {page.items.map((one) => (
                  <Alert key={one.id} alert={one} />
                ))}
              </ul>
              {page.next && (
                <p class="state">
                  The {FEW} newest. <a href={all}>All of them</a>
                </p>
              )}
            </>
          )
        }
      </Shown>
    </Box>
  );
}

function Alert({ alert }: { alert: Schemas["AlertView"] }) {
  return (
    <li>
      <p class="row tight">
        <SeverityMark severity={alert.severity} />
        <strong>{scored(alert.risk_score)}</strong>
        <span>{alert.status}</span>
        {alert.class === "retro" && <span class="tag">retro</span>}
        {alert.basis_withdrawn_at && <span class="tag">basis withdrawn</span>}
        <span class="quiet">
          <Time at={alert.created_at} short />
        </span>
      </p>
      <a class="sentence" href={`/alerts/${alert.id}`}>
        {alert.explanation}
      </a>
    </li>
  );
}

function Cases({ wallet }: { wallet: string }) {
  const asked = useAsked(wallet, (signal) =>
    answered(api.GET("/api/v1/cases", { params: { query: { wallet, limit: FEW } }, signal })),
  );
  return (
    <Box title="Cases" aside={asked.data && asked.data.items.length > 0 && <small>{counted(asked.data)}</small>}>
      <Shown asked={asked} what="cases">
        {(page) =>
          page.items.length === 0 ? (
            <p class="state">No case holds this wallet.</p>
          ) : (
            <ul class="plain lines">
              {page.items.map((one) => (
                <li key={one.id} class="row tight">
                  <a href={`/cases/${one.id}`}>{one.title}</a>
                  <span class="tag">{one.status}</span>
                  <span class="quiet">
                    <Time at={one.created_at} short />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </Box>
  );
}

function counted(page: Schemas["CasePage"]): string {
  return page.next ? `the ${FEW} newest` : many(page.items.length, "case");
}
