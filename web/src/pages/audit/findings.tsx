/** What was checked, and whether it holds: said in words and not by colour alone. */
import type { Finding } from "./here";

export function Findings({ of }: { of: readonly Finding[] }) {
  return (
    <ul class="plain findings">
      {of.map((one) => (
        <li key={one.what} class={one.holds === false ? "wrong" : ""}>
          <Held holds={one.holds} /> {one.what}. <span class="quiet">{one.why}</span>
        </li>
      ))}
    </ul>
  );
}

export function Held({ holds }: { holds: boolean | null }) {
  if (holds === null) return <span class="tag">? unknown</span>;
  return holds ? <span class="tag on">✓ holds</span> : <span class="tag broken">✗ does not hold</span>;
}
