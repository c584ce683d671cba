/** One side of the exposure as a bar that adds up to 100 %. */
import { useSignal } from "@preact/signals";
import { currency } from "../../session/about";
import { Box, Money } from "../../ui/atoms";
import { Bar, type Segment } from "../../ui/bar";
import { categoryColour } from "../../ui/categories";
import { percent } from "../../ui/numbers";
import { residualWords } from "../../ui/words";
import type { Side } from "./evidence";
import { type Asked, StopsDialog } from "./stops";

interface Props {
  side: Side;
  /** Whose stops the hatched parts are made of, and when; null until that is known. */
  parties: readonly string[];
  at: Asked | null;
}

const TITLES = { source: "Where the money came from", destination: "Where the money went" };

export function ExposureBox({ side, parties, at }: Props) {
  const isOpen = useSignal(false);
  const open = () => {
    isOpen.value = true;
  };
  const direct = side.categories.reduce((sum, one) => sum + one.direct_share, 0);
  const indirect = side.categories.reduce((sum, one) => sum + one.indirect_share, 0);
  return (
    <Box
      title={TITLES[side.direction]}
      aside={
        <small>
          {side.direction}, {side.hops} hops, {side.exact ? "exact" : "cut"} at #{side.watermark}
        </small>
      }
    >
      <div class="inside">
        <Bar
          label={`${TITLES[side.direction]}: shares of what was traced`}
          segments={segments(side, at ? open : undefined)}
        />
        <p class="quiet">
          traced to a category: direct {percent(direct)}, indirect {percent(indirect)} · of{" "}
          <Money amount={side.total_value} unit={currency()} />
          {side.passed_through.share > 0 && ` · passed through contracts: ${percent(side.passed_through.share)}`}
        </p>
      </div>
      {isOpen.value && at && <StopsDialog side={side} parties={parties} at={at} close={() => (isOpen.value = false)} />}
    </Box>
  );
}

function segments(side: Side, open: (() => void) | undefined): Segment[] {
  const named = side.categories.map((one) => ({
    name: one.category.replaceAll("_", " "),
    share: one.share,
    colour: categoryColour(one.category),
    title: `${one.value} ${currency()}, nearest ${one.shortest_hops} hops away`,
  }));
  const rest = side.residuals.map((one) => ({
    name: residualWords(one.reason),
    share: one.share,
    ...(open ? { open } : {}),
    title: `${one.value} ${currency()}`,
  }));
  return [...named.sort((a, b) => b.share - a.share), ...rest];
}
