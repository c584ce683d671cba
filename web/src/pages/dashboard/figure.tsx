/** One number with what it counts; the whole of it leads to the list behind it. */
import type { ComponentChildren } from "preact";

interface Props {
  label: string;
  href?: string;
  /** How loud: only what is bad by itself is coloured, and the words say it as well. */
  tone?: "critical" | "high" | "";
  children: ComponentChildren;
  beneath?: ComponentChildren;
}

export function Figure({ label, href, tone = "", children, beneath }: Props) {
  const inside = (
    <>
      <span class="what">{label}</span>
      <strong class={tone}>{children}</strong>
      {beneath && <small>{beneath}</small>}
    </>
  );
  return href ? (
    <a class="figure" href={href}>
      {inside}
    </a>
  ) : (
    <div class="figure">{inside}</div>
  );
}
