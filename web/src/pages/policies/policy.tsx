/** One policy: how it decides, and in what it differs from the one in force. */
import { useAsked } from "../../api/asking";
import { answered, api } from "../../api/client";
import { query, setQuery } from "../../router";
import type { PageProps } from "../../routes";
import { about } from "../../session/about";
import { mayRun } from "../../session/me";
import { Box, Time } from "../../ui/atoms";
import { Category } from "../../ui/categories";
import { Select } from "../../ui/fields";
import { useKeys } from "../../ui/keys";
import { many } from "../../ui/numbers";
import { Who } from "../../ui/person";
import { PageHead } from "../../ui/page";
import { Shown } from "../../ui/states";
import { useSubmit } from "../../ui/submit";
import { type Column, Table } from "../../ui/table";
import { tell } from "../../ui/toasts";
import { InForce } from "./list";
import { find, GROUPS, type PolicyView, type Value, valuesOf } from "./values";
import "./policies.css";

type Policy = PolicyView;

interface Found {
  policy: Policy;
  all: Policy[];
}

export default function PolicyPage({ parameters }: PageProps) {
  const id = parameters.id ?? "";
  const asked = useAsked<Found>(id, async (signal) => {
    const [policy, page] = await Promise.all([
      answered(api.GET("/api/v1/policies/{policy}", { params: { path: { policy: id } }, signal })),
      answered(api.GET("/api/v1/policies", { params: { query: { limit: 1000 } }, signal })),
    ]);
    return { policy, all: page.items };
  });
  return (
    <>
      <PageHead
        title={id}
        beside={asked.data && <InForce policy={asked.data.policy} />}
        actions={asked.data && <Steps found={asked.data} again={asked.again} />}
      />
      <Shown asked={asked} what="the policy">
        {(found) => (
          <>
            <p class="quiet">
              Recorded <Time at={found.policy.recorded_at} /> by <Who id={found.policy.author} />. A policy never
              changes: another version is another policy.
            </p>
            <Compared found={found} />
            <Categories />
          </>
        )}
      </Shown>
    </>
  );
}

/** Beside which other it is laid: that in force, or the version before it, unless the address says which. */
function otherOf({ policy, all }: Found): Policy | undefined {
  const wanted = query.value.get("with");
  if (wanted) return all.find((one) => one.id === wanted);
  if (!policy.in_force) return all.find((one) => one.in_force);
  const before = all.filter((one) => one.policy.name === policy.policy.name && one.version < policy.version);
  return before[0] ?? all.find((one) => one.id !== policy.id);
}

function Compared({ found }: { found: Found }) {
  const other = otherOf(found);
  const mine = valuesOf(found.policy.policy);
  const theirs = other ? valuesOf(other.policy) : [];
  const gone = theirs.filter((one) => !find(mine, one)).map((one) => ({ ...one, text: "" }));
  const isOther = (one: Value) => other !== undefined && find(theirs, one)?.text !== one.text;
  const rows = GROUPS.flatMap((group) => [...mine, ...gone].filter((one) => one.group === group));
  const differing = rows.filter(isOther);
  const isOnly = query.value.get("differs") === "1";
  const chosen = {
    get value() {
      return other?.id ?? "";
    },
    set value(next: string) {
      setQuery({ with: next });
    },
  };
  return (
    <Box
      title="How it decides"
      aside={
        <span class="row">
          <label class="check">
            <input
              type="checkbox"
              checked={isOnly}
              onChange={(event) => setQuery({ differs: event.currentTarget.checked ? "1" : null })}
            />
            only what differs
          </label>
          <Select
            label="Beside"
            value={chosen}
            options={found.all
              .filter((one) => one.id !== found.policy.id)
              .map((one) => ({ value: one.id, label: one.in_force ? `${one.id}, in force` : one.id }))}
          />
        </span>
      }
    >
      <p class="inside told">
        {other
          ? differing.length > 0
            ? `${many(differing.length, "value")} differ from ${other.id}.`.replace("1 value differ", "1 value differs")
            : `Nothing differs from ${other.id}.`
          : "There is no other policy to lay beside it."}
      </p>
      {(!isOnly || differing.length > 0) && (
        <Table
          name="Values"
          rows={isOnly ? differing : rows}
          id={(one) => `${one.group} ${one.name}`}
          label={(one) => `${one.group}: ${one.name}`}
          rowClass={(one) => (isOther(one) ? "differs" : "")}
          columns={columns(found.policy.id, other, theirs, isOther)}
        />
      )}
    </Box>
  );
}

function columns(
  id: string,
  other: Policy | undefined,
  theirs: readonly Value[],
  isOther: (value: Value) => boolean,
): Column<Value>[] {
  const none = <span class="quiet">not there</span>;
  return [
    { head: "Of", cell: (one) => one.group },
    {
      head: "Value",
      cell: (one) => (
        <>
          {one.name.replaceAll("_", " ")} <small class="words">{one.words}</small>
        </>
      ),
    },
    { head: id, cell: (one) => (isOther(one) ? <strong>{one.text || none}</strong> : one.text) },
    ...(other
      ? [
          {
            head: `${other.id}${other.in_force ? ", in force" : ""}`,
            cell: (one: Value) => find(theirs, one)?.text ?? none,
          },
          { head: "", cell: (one: Value) => (isOther(one) ? <span class="tag">≠ differs</span> : null) },
        ]
      : []),
  ];
}

function Steps({ found, again }: { found: Found; again: () => void }) {
  const { policy, all } = found;
  const before = all.find((one) => one.in_force && one.id !== policy.id);
  const activate = (id: string) =>
    answered(api.POST("/api/v1/policies/{policy}/activate", { params: { path: { policy: id } } }));
  const up = useSubmit(async () => {
    await activate(policy.id);
    tell(
      `${policy.id} is in force: every decision from now on names it.`,
      before &&
        (async () => {
          await activate(before.id);
          again();
        }),
    );
    again();
  });
  const may = mayRun() && !policy.in_force;
  useKeys(may ? [{ key: "a", does: "bring the policy into force", run: () => void up.run() }] : [], [may, found]);
  if (!mayRun()) return null;
  return (
    <>
      {may && (
        <button type="button" class="main" disabled={up.isBusy} onClick={() => void up.run()}>
          Bring into force <kbd>A</kbd>
        </button>
      )}
      <a class="button" href={`/policies/new-policy?from=${policy.id}`}>
        New version of it
      </a>
      {up.failure}
    </>
  );
}

type Named = NonNullable<typeof about.value>["categories"][number];

const CATEGORIES: Column<Named>[] = [
  { head: "Category", cell: (one) => <Category name={one.name} />, by: (one) => one.name },
  { head: "Class", cell: (one) => one.class, by: (one) => one.class },
  { head: "Severity", unit: "0–1", isNumber: true, cell: (one) => one.severity, by: (one) => one.severity },
  { head: "Meaning", cell: (one) => one.title },
];

function Categories() {
  return (
    <Box title="Severity of categories" aside={<span class="quiet">the same under every policy</span>}>
      <Table
        name="Categories"
        rows={about.value?.categories ?? []}
        id={(one) => one.name}
        label={(one) => one.name}
        columns={CATEGORIES}
      />
    </Box>
  );
}
