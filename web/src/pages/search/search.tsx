/** Search: as you type, by key, address, name or id; arrows and Enter, and the hands stay on the keys. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useAsked } from "../../api/asking";
import { navigate, query, setQuery } from "../../router";
import { useKeys } from "../../ui/keys";
import { PageHead } from "../../ui/page";
import { Failed } from "../../ui/states";
import { find, type Hit } from "./find";
import { Hits } from "./hits";
import { keepSearch } from "./recent";
import { Recent } from "./recent_list";
import "./search.css";

const WAIT_MS = 150;
const LIST = "found";

export default function Search() {
  const asked = query.value.get("q") ?? "";
  const text = useSignal(asked);
  const at = useSignal(0);
  const isWanted = useSignal(false);
  const field = useRef<HTMLInputElement>(null);
  const last = useRef<readonly Hit[]>([]);
  const found = useAsked(asked, (signal) => find(asked, signal));
  if (found.data) last.current = found.data.hits;
  // What was found stays until something else is: a list that empties at each letter is not read.
  const hits = asked ? last.current : [];
  const isCurrent = found.data?.text === asked && text.value.trim() === asked;

  const open = (hit: Hit) => {
    keepSearch(asked);
    navigate(hit.path);
  };
  const enter = () => {
    const hit = hits[at.peek()];
    if (isCurrent && hit) open(hit);
    else isWanted.value = !isCurrent;
  };
  const move = (by: number) => {
    at.value = Math.max(0, Math.min(hits.length - 1, at.peek() + by));
    document.getElementById(`${LIST}-${at.peek()}`)?.scrollIntoView({ block: "nearest" });
  };
  const type = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) move(step);
    else if (event.key === "Enter") enter();
    else if (event.key === "Escape") field.current?.blur();
    else return;
    event.preventDefault();
  };

  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    const timer = setTimeout(() => setQuery({ q: text.value.trim() }), WAIT_MS);
    return () => clearTimeout(timer);
  }, [text.value]);
  useEffect(() => {
    at.value = 0;
  }, [asked]);
  useEffect(() => {
    // Enter was pressed before the answer was there.
    if (!isWanted.peek() || !isCurrent) return;
    isWanted.value = false;
    if (hits[0]) open(hits[0]);
  }, [found.data, isCurrent]);
  useKeys(
    [
      { key: "/", does: "type", run: () => field.current?.select() },
      { key: "j", does: "next", run: () => move(1) },
      { key: "k", does: "the one before", run: () => move(-1) },
      { key: "ArrowDown", does: "next", run: () => move(1) },
      { key: "ArrowUp", does: "the one before", run: () => move(-1) },
      { key: "Enter", does: "open", run: enter },
    ],
    [hits, isCurrent, asked],
  );

  // The types of attributes want a list of the browser's for this role; the list is ours.
  const combobox: Record<string, unknown> = {
    role: "combobox",
    "aria-expanded": hits.length > 0,
    "aria-controls": LIST,
    "aria-autocomplete": "list",
    "aria-activedescendant": hits.length > 0 ? `${LIST}-${at.value}` : undefined,
  };
  return (
    <>
      <PageHead title="Search" />
      <div class="search-field">
        <input
          ref={field}
          type="search"
          {...combobox}
          aria-label="Search"
          autoComplete="off"
          spellcheck={false}
          placeholder="Address, name, transaction, alert or case"
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
          onKeyDown={type}
        />
        <p class="quiet" role="status">
          {said(asked, hits.length, found.isLoading)}
        </p>
      </div>
      {found.problem && <Failed problem={found.problem} again={found.again} />}
      {asked ? (
        <Hits id={LIST} hits={hits} at={at} open={open} />
      ) : (
        <Recent
          choose={(chosen) => {
            text.value = chosen;
            field.current?.focus();
          }}
        />
      )}
      {asked && !found.isLoading && !found.problem && hits.length === 0 && <Nothing text={asked} />}
    </>
  );
}

function said(asked: string, count: number, isLoading: boolean): string {
  if (!asked) return "A part of an address will do, from its beginning; of a name, the beginnings of its words.";
  if (isLoading) return "Searching …";
  return count === 0 ? "Nothing found." : `${count} found. ↑ ↓ choose, Enter opens.`;
}

function Nothing({ text }: { text: string }) {
  return (
    <div class="state empty">
      <p>
        <strong>Nothing begins with “{text}”.</strong> Wallets are found by the beginning of their address or key, or by
        the name they are attributed to; transactions, alerts and cases by their whole id.
      </p>
    </div>
  );
}
