/** Where a canvas can begin: a wallet, or a case worked on lately. */
import { useSignal } from "@preact/signals";
import { useAsked } from "../../api/asking";
import { answered, api } from "../../api/client";
import { navigate } from "../../router";
import { currency } from "../../session/about";
import { Box, Key, Money, Time } from "../../ui/atoms";
import { Category } from "../../ui/categories";
import { PageHead } from "../../ui/page";
import { Empty, Shown } from "../../ui/states";
import "./graph.css";

export function Start() {
  return (
    <>
      <PageHead title="Graph" />
      <p class="quiet">A canvas begins with an answer: open it from an alert, or begin with a wallet or a case here.</p>
      <div class="columns">
        <Wallets />
        <Cases />
      </div>
    </>
  );
}

function Wallets() {
  const text = useSignal("");
  const wanted = useSignal("");
  const asked = useAsked(wanted.value, async () =>
    wanted.value === ""
      ? null
      : answered(api.GET("/api/v1/search", { params: { query: { q: wanted.value, limit: 20 } } })),
  );
  const submit = (event: Event) => {
    event.preventDefault();
    wanted.value = text.peek().trim();
  };
  return (
    <Box title="With a wallet">
      <div class="inside">
        <form class="row find" onSubmit={submit} aria-label="Find a wallet">
          <input
            type="search"
            aria-label="Key or address, or how it begins"
            placeholder="Key or address, or how it begins"
            value={text.value}
            onInput={(event) => (text.value = event.currentTarget.value)}
          />
          <button type="submit" class="main">
            Find
          </button>
        </form>
        {wanted.value !== "" && (
          <Shown asked={asked} what="wallets">
            {(found) =>
              found === null ? null : found.items.length === 0 ? (
                <Empty>No wallet begins with that. A whole key has its network first, as in eth:0x….</Empty>
              ) : (
                <ul class="plain chosen">
                  {found.items.map((one) => (
                    <li key={one.key}>
                      <Key of={one.key} href={`/graph?wallet=${encodeURIComponent(one.key)}`} />
                      {one.category && <Category name={one.category} />}
                      <Money amount={one.in_value} unit={currency()} />
                    </li>
                  ))}
                </ul>
              )
            }
          </Shown>
        )}
      </div>
    </Box>
  );
}

function Cases() {
  const asked = useAsked("cases", () => answered(api.GET("/api/v1/cases", { params: { query: { limit: 10 } } })));
  return (
    <Box title="With a case">
      <div class="inside">
        <Shown asked={asked} what="cases">
          {(found) =>
            found.items.length === 0 ? (
              <Empty>
                There is no case yet.{" "}
                <button type="button" class="bare" onClick={() => navigate("/cases")}>
                  Open one
                </button>
              </Empty>
            ) : (
              <ul class="plain chosen">
                {found.items.map((one) => (
                  <li key={one.id}>
                    <a href={`/graph/${one.id}`}>{one.title}</a>
                    <span class="quiet">{one.status}</span>
                    <Time at={one.changed_at} short />
                  </li>
                ))}
              </ul>
            )
          }
        </Shown>
      </div>
    </Box>
  );
}
