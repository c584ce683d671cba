/** What recording or withdrawing would move: wallets, alerts that would open, alerts that would lose their basis. */
import type { ComponentChildren } from "preact";
import type { Schemas } from "../../api/client";
import { Key, SeverityMark } from "../../ui/atoms";
import { Category } from "../../ui/categories";
import { counted, many, percent, scored } from "../../ui/numbers";
import { type Column, Table } from "../../ui/table";

type Preview = Schemas["PreviewView"];
type Moved = Schemas["preview_MovedWalletView"];

const COLUMNS: readonly Column<Moved>[] = [
  { head: "Wallet", cell: (one) => <Key of={one.wallet} href={walletPath(one.wallet)} />, by: (one) => one.wallet },
  {
    head: "Is",
    cell: (one) =>
      one.category.from === one.category.to ? (
        <Named name={one.category.to} />
      ) : (
        <>
          <Named name={one.category.from} /> → <Named name={one.category.to} />
        </>
      ),
  },
  {
    head: "Score",
    isNumber: true,
    cell: (one) => <Step from={one.score.from} to={one.score.to} told={scored} />,
    by: (one) => Math.abs(one.score.to - one.score.from),
  },
  {
    head: "Severity",
    cell: (one) =>
      one.severity.from === one.severity.to ? (
        <span class="quiet">stays {one.severity.to}</span>
      ) : (
        <>
          {one.severity.from} → <SeverityMark severity={one.severity.to} />
        </>
      ),
  },
  {
    head: "Illicit source",
    isNumber: true,
    cell: (one) => <Step from={one.illicit_source_share.from} to={one.illicit_source_share.to} told={percent} />,
  },
  {
    head: "Illicit destination",
    isNumber: true,
    cell: (one) => (
      <Step from={one.illicit_destination_share.from} to={one.illicit_destination_share.to} told={percent} />
    ),
  },
];

export function Impact({ of }: { of: Preview }) {
  return (
    <section class="impact" aria-label="What would change">
      <p>
        <strong>{many(of.wallets.total, "wallet")}</strong> would move,{" "}
        <strong>{many(of.retro_alerts.total, "alert")}</strong> would open, for{" "}
        <strong>{many(of.lost_bases.total, "alert")}</strong> closing would be proposed.{" "}
        <small>
          Whole graph at #{counted(of.watermark)}, over {many(of.hops, "flow")}; nothing is written.
        </small>
      </p>
      {of.wallets.items.length > 0 && (
        <Table
          name="Wallets that would move"
          rows={of.wallets.items}
          id={(one) => one.wallet}
          label={(one) => `${one.wallet}, score ${scored(one.score.from)} to ${scored(one.score.to)}`}
          columns={COLUMNS}
        />
      )}
      <More shown={of.wallets.items.length} total={of.wallets.total} what="wallet" />
      {of.retro_alerts.items.length > 0 && (
        <Part title="Alerts that would open">
          {of.retro_alerts.items.map((one) => (
            <li key={one.wallet}>
              <SeverityMark severity={one.severity} /> {scored(one.score)}{" "}
              <Key of={one.wallet} href={walletPath(one.wallet)} />
            </li>
          ))}
        </Part>
      )}
      <More shown={of.retro_alerts.items.length} total={of.retro_alerts.total} what="alert" />
      {of.lost_bases.items.length > 0 && (
        <Part title="Alerts that would be proposed for closing">
          {of.lost_bases.items.map((one) => (
            <li key={one.alert}>
              <Key of={one.alert} href={`/alerts/${encodeURIComponent(one.alert)}`} /> {one.reason}
            </li>
          ))}
        </Part>
      )}
      <More shown={of.lost_bases.items.length} total={of.lost_bases.total} what="alert" />
    </section>
  );
}

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div>
      <h3>{title}</h3>
      <ul class="plain steps">{children}</ul>
    </div>
  );
}

function More({ shown, total, what }: { shown: number; total: number; what: string }) {
  if (shown >= total) return null;
  return (
    <p class="quiet">
      {counted(shown)} of {many(total, what)} shown, those that move most first.
    </p>
  );
}

function Named({ name }: { name: string | null }) {
  return name ? <Category name={name} /> : <span class="quiet">not attributed</span>;
}

/** A number before and after; one that stays is quiet. */
function Step({ from, to, told }: { from: number; to: number; told: (value: number) => string }) {
  if (from === to) return <span class="quiet">{told(to)}</span>;
  return (
    <span title={`${from} → ${to}`}>
      {told(from)} → <strong>{told(to)}</strong>
    </span>
  );
}

function walletPath(key: string): string {
  return `/wallets/${encodeURIComponent(key)}`;
}
