/** The smallest things a page is made of: money, shares, times, keys, severities. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { grouped, lasting, percent } from "./numbers";

/** A value in the reference currency; full precision on hover and for who listens. */
export function Money({ amount, unit }: { amount: string; unit?: string }) {
  return (
    <span class="number" title={`${amount}${unit ? ` ${unit}` : ""}`}>
      {grouped(amount)}
      {unit && <small> {unit}</small>}
    </span>
  );
}

export function Share({ share }: { share: number | null }) {
  return share === null ? (
    <Unknown />
  ) : (
    <span class="number" title={String(share)}>
      {percent(share)}
    </span>
  );
}

/** What nobody knows is said, and is never 0. */
export function Unknown() {
  return <span class="quiet">unknown</span>;
}

/** A time in UTC, the local one on hover. */
export function Time({ at, short = false }: { at: string | null | undefined; short?: boolean }) {
  if (!at) return <Unknown />;
  const iso = new Date(at).toISOString();
  const text = `${iso.slice(0, 10)} ${iso.slice(11, short ? 16 : 19)}`;
  return (
    <time dateTime={at} title={`${new Date(at).toLocaleString()} local time`}>
      {text}
      <small> UTC</small>
    </time>
  );
}

export function Age({ at, now }: { at: string; now: number }) {
  return (
    <time dateTime={at} title={new Date(at).toISOString()}>
      {lasting((now - Date.parse(at)) / 1000)}
    </time>
  );
}

/** The middle of what is long left out: `eth:0x7af3…c91e`. */
export function shortened(key: string, head = 6, tail = 4): string {
  const colon = key.indexOf(":");
  const network = colon < 0 ? "" : key.slice(0, colon + 1);
  const rest = key.slice(network.length);
  return rest.length <= head + tail + 3 ? key : `${network}${rest.slice(0, head)}…${rest.slice(-tail)}`;
}

/** The key of a wallet or a transaction as a link, with a button that copies all of it. */
export function Key({ of, href, name }: { of: string; href?: string; name?: string | null }) {
  const label = name ?? shortened(of);
  return (
    <span class="key">
      {href ? (
        <a href={href} title={of}>
          {label}
        </a>
      ) : (
        <span title={of}>{label}</span>
      )}
      <Copy text={of} />
    </span>
  );
}

export function Copy({ text }: { text: string }) {
  const done = useSignal(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    done.value = true;
    setTimeout(() => {
      done.value = false;
    }, 1_500);
  };
  return (
    <button type="button" class="copy" aria-label={`Copy ${text}`} title={`Copy ${text}`} onClick={() => void copy()}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        <path d={done.value ? "M1.5 6.5 4.5 9.5 10.5 2.5" : "M4.5 4.5h6v6h-6zM8 2V1.5H1.5V8H2"} />
      </svg>
    </button>
  );
}

export type Severity = "none" | "low" | "high" | "critical";

export function SeverityMark({ severity }: { severity: Severity }) {
  return <span class={`severity ${severity}`}>{severity}</span>;
}

export function Box({
  title,
  children,
  aside,
}: {
  title: string;
  children: ComponentChildren;
  aside?: ComponentChildren;
}) {
  return (
    <section class="box" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
