/** Where we are: path and query of the address bar as signals, so that every view has a URL. */
import { computed, signal } from "@preact/signals";

const location_ = signal(new URL(window.location.href));

export const path = computed(() => location_.value.pathname);
export const query = computed(() => location_.value.searchParams);

/** Go to a path of ours; `replace` leaves no entry to go back to. */
export function navigate(to: string, { replace = false } = {}): void {
  const url = new URL(to, window.location.href);
  if (url.href === window.location.href) return;
  history[replace ? "replaceState" : "pushState"](null, "", url);
  location_.value = url;
  if (!replace) window.scrollTo(0, 0);
}

/** Change some of the query, null takes a name out; what is typed leaves no trail of entries. */
export function setQuery(changes: Record<string, string | null>): void {
  const url = new URL(window.location.href);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  navigate(url.pathname + url.search, { replace: true });
}

export type Parameters = Record<string, string>;

/** The parameters of a path under a pattern such as `/alerts/{id}`, or null where it is another. */
export function match(pattern: string, at: string): Parameters | null {
  const wanted = pattern.split("/"),
    given = at.split("/");
  if (wanted.length !== given.length) return null;
  const found: Parameters = {};
  for (const [place, part] of wanted.entries()) {
    const here = given[place] ?? "";
    if (part.startsWith("{")) found[part.slice(1, -1)] = decodeURIComponent(here);
    else if (part !== here) return null;
  }
  return found;
}

/** Follow links to our own pages without loading the program again. */
export function followLinks(isOurs: (path: string) => boolean): void {
  window.addEventListener("popstate", () => {
    location_.value = new URL(window.location.href);
  });
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest?.("a");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (link.target || link.hasAttribute("download") || link.origin !== window.location.origin) return;
    if (!isOurs(link.pathname)) return;
    event.preventDefault();
    navigate(link.href);
  });
}
