/** One chain of transactions: wallets from left to right in time, what moved between each two of them. */
import { Fragment } from "preact";
import type { Schemas } from "../../api/client";
import { currency } from "../../session/about";
import { Money, shortened, Time } from "../../ui/atoms";
import { Category, categoryColour } from "../../ui/categories";
import { grouped, many, percent } from "../../ui/numbers";

type PathView = Schemas["PathView"];
type Step = PathView["steps"][number];
type PathWallet = Schemas["PathWallet"];

export function Path({ path, of }: { path: PathView; of: string }) {
  const known = new Map(path.wallets.map((one) => [one.key, one]));
  const [first] = path.steps;
  return (
    <li class="path">
      <p class="row">
        <strong>
          <Money amount={path.value} unit={currency()} />
        </strong>
        <span>{percent(path.share)} of that side</span>
        <span>{many(path.hops, "hop")}</span>
        {path.end.category && <Category name={path.end.category} />}
        {path.end.actor && <span>{path.end.actor}</span>}
      </p>
      <ol class="plain hops">
        {first && <Stop of={of} wallet={known.get(first.from)} name={first.from} />}
        {path.steps.map((step) => (
          <Fragment key={step.transaction}>
            <Move step={step} />
            <Stop of={of} wallet={known.get(step.to)} name={step.to} />
          </Fragment>
        ))}
      </ol>
    </li>
  );
}

function Stop({ of, wallet, name }: { of: string; wallet: PathWallet | undefined; name: string }) {
  const colour = wallet?.category ? categoryColour(wallet.category) : "--line-strong";
  return (
    <li class="stop" style={{ borderColor: `var(${colour})` }}>
      {name === of ? (
        <strong>this wallet</strong>
      ) : (
        <a href={`/wallets/${encodeURIComponent(name)}`} title={name}>
          {wallet?.actor ?? shortened(name)}
        </a>
      )}
      {wallet?.category && <small>{wallet.category.replaceAll("_", " ")}</small>}
    </li>
  );
}

function Move({ step }: { step: Step }) {
  return (
    <li class="move">
      <a
        href={`/transactions/${encodeURIComponent(step.transaction)}`}
        title={`${step.transaction}: ${step.amount} ${step.asset}, ${step.value} ${currency()}`}
      >
        {grouped(step.amount)} {step.asset}
      </a>
      <span class="arrow" aria-hidden="true" />
      <small>
        <Time at={step.at} short />
      </small>
    </li>
  );
}
