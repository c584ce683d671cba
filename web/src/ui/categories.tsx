/** What a wallet can be said to be, in the colour of its group and in words. */
import { about } from "../session/about";

/** Categories that have a colour of their own or share one; the others go by their class. */
const COLOURS: Record<string, string> = {
  sanctions: "--sanctions",
  terrorism_financing: "--sanctions",
  child_abuse: "--sanctions",
  ransomware: "--ransom",
  darknet_market: "--ransom",
  theft: "--theft",
  scam: "--theft",
  fraud_shop: "--theft",
  mixer: "--mixer",
  exchange: "--exchange",
};
const CLASSES: Record<string, string> = { illicit: "--theft", service: "--service", neutral: "--neutral" };

/** The name of the custom property that holds its colour. */
export function categoryColour(name: string): string {
  return COLOURS[name] ?? CLASSES[categoryClass(name) ?? ""] ?? "--untraced";
}

/** illicit, service or neutral; undefined for what the taxonomy does not know. */
export function categoryClass(name: string): string | undefined {
  return about.value?.categories.find((one) => one.name === name)?.class;
}

export function Category({ name }: { name: string }) {
  const title = about.value?.categories.find((one) => one.name === name)?.title ?? name;
  return (
    <span class="tag" title={title}>
      <span class="dot" style={{ background: `var(${categoryColour(name)})` }} />
      {name.replaceAll("_", " ")}
    </span>
  );
}
