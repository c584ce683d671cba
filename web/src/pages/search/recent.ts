/** What was looked for last, kept in this browser only. */
const NAME = "headwater.searches";
const MOST = 12;

export function recentSearches(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(NAME) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one) => typeof one === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** Put one in front; it was opened from, so it was worth something. */
export function keepSearch(text: string): void {
  const wanted = text.trim();
  if (!wanted) return;
  const kept = [wanted, ...recentSearches().filter((one) => one !== wanted)].slice(0, MOST);
  localStorage.setItem(NAME, JSON.stringify(kept));
}

export function forgetSearches(): void {
  localStorage.removeItem(NAME);
}
