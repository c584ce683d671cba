/** Floors: least scores for exposure to some categories. */
import type { Problem, Schemas } from "../../api/client";
import { currency } from "../../session/about";
import { Box } from "../../ui/atoms";
import type { Editing } from "../../ui/editing";
import { Select } from "../../ui/fields";
import { readNumber, Typed } from "../../ui/typed";
import type { Policy } from "./values";

type Floor = Schemas["FloorInput"];

const FIRST: Floor = {
  name: "floor",
  categories: [],
  direct: true,
  score: 0.7,
  min_share: 0,
  min_value: null,
  spares_dusting: false,
};

export function Floors({ editing, problem }: { editing: Editing<Policy>; problem: Problem | null }) {
  const { floors } = editing.draft;
  const put = (next: Floor[]) => editing.change({ floors: next });
  return (
    <Box title="Floors" aside={<span class="quiet">least risk scores for exposure</span>}>
      <div class="inside">
        {floors.map((floor, place) => (
          <OneFloor
            key={place}
            floor={floor}
            path={`floors[${place}]`}
            change={(next) => put(floors.map((one, at) => (at === place ? next : one)))}
            remove={() => put(floors.filter((_, at) => at !== place))}
            problem={problem}
          />
        ))}
        <p class="row">
          <button type="button" onClick={() => put([...floors, { ...FIRST, name: `floor_${floors.length + 1}` }])}>
            Add a floor
          </button>
        </p>
      </div>
    </Box>
  );
}

interface Props {
  floor: Floor;
  path: string;
  change: (floor: Floor) => void;
  remove: () => void;
  problem: Problem | null;
}

function OneFloor({ floor, path, change, remove, problem }: Props) {
  const put = (part: Partial<Floor>) => change({ ...floor, ...part });
  const names = (text: string) =>
    text
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== "");
  const at = (name: string) => ({ field: `${path}.${name}`, problem });
  return (
    <fieldset class="floor" aria-label={`Floor ${floor.name}`}>
      <Typed label="Name" value={floor.name} change={(next) => put({ name: next as string })} {...at("name")} />
      <Typed
        label="Score, 0 to 1"
        value={floor.score}
        read={readNumber}
        change={(next) => put({ score: next as number })}
        {...at("score")}
      />
      <Select
        label="Exposure"
        value={word(floor.direct, "direct", "indirect", (direct) => put({ direct }))}
        options={["direct", "indirect"]}
      />
      <Typed
        label="Share above, 0 to 1"
        value={floor.min_share}
        read={readNumber}
        change={(next) => put({ min_share: next as number })}
        {...at("min_share")}
      />
      <Typed
        label={`or value from, ${currency()}`}
        value={floor.min_value}
        read={(text) => text || null}
        change={(next) => put({ min_value: next as string | null })}
        hint="empty: by share alone"
        {...at("min_value")}
      />
      <Select
        label="Dusting"
        value={word(floor.spares_dusting, "spared", "counts", (spares_dusting) => put({ spares_dusting }))}
        options={["counts", "spared"]}
      />
      <div class="wide">
        <Typed
          label="Categories"
          value={floor.categories}
          read={names}
          write={(given) => (Array.isArray(given) ? given.join(", ") : "")}
          change={(next) => put({ categories: next as string[] })}
          hint="with commas; empty: every illicit one that no other floor names"
          {...at("categories")}
        />
      </div>
      <p class="row">
        <button type="button" class="bare" onClick={remove}>
          remove the floor
        </button>
      </p>
    </fieldset>
  );
}

/** A flag as one of two words. */
function word(value: boolean, yes: string, no: string, change: (value: boolean) => void) {
  return {
    get value() {
      return value ? yes : no;
    },
    set value(next: string) {
      change(next === yes);
    },
  };
}
