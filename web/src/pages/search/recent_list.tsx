/** What was looked for last: kept in this browser, one click to look again. */
import { useSignal } from "@preact/signals";
import { Box } from "../../ui/atoms";
import { forgetSearches, recentSearches } from "./recent";

export function Recent({ choose }: { choose: (text: string) => void }) {
  const kept = useSignal(recentSearches());
  if (kept.value.length === 0) return null;
  const forget = () => {
    forgetSearches();
    kept.value = [];
  };
  return (
    <Box
      title="Looked for last"
      aside={
        <button type="button" class="bare" onClick={forget}>
          Forget them
        </button>
      }
    >
      <ul class="plain recent">
        {kept.value.map((one) => (
          <li key={one}>
            <button type="button" class="bare" onClick={() => choose(one)}>
              {one}
            </button>
          </li>
        ))}
      </ul>
    </Box>
  );
}
