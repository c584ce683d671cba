/** The frame round every page: navigation, connection, who is signed in, and the page itself. */
import { useSignal } from "@preact/signals";
import { Component, type ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { asProblem, type Problem, signedOut } from "./api/client";
import { connection, lostAt, startStream, stopStream } from "./live/stream";
import { match, navigate, type Parameters, path } from "./router";
import { type Page, PLACES, ROUTES, type Route } from "./routes";
import { Login } from "./session/login";
import { me, signOut } from "./session/me";
import { Time } from "./ui/atoms";
import { Help } from "./ui/help";
import { useKeys } from "./ui/keys";
import { Failed, Loading } from "./ui/states";
import { theme, turnTheme } from "./ui/theme";
import { Toasts, undoLatest } from "./ui/toasts";

export function App() {
  const person = me.value;
  const isIn = person !== null && !signedOut.value && !person.must_change_password;
  useEffect(() => {
    if (isIn) startStream();
    else stopStream();
  }, [isIn]);
  return isIn ? <Frame /> : <Login />;
}

function Frame() {
  const isHelp = useSignal(false);
  const places = PLACES.map((one) => ({
    key: `g ${one.key}`,
    does: `go to ${one.name}`,
    run: () => navigate(one.path),
  }));
  useKeys(
    [
      { key: "/", does: "search", run: () => navigate("/search") },
      { key: "z", does: "undo what was just done", run: undoLatest },
      { key: "?", does: "what the keys do", run: () => (isHelp.value = true) },
      ...places,
    ],
    [],
  );
  return (
    <>
      <a class="skip" href="#page">
        Skip to the page
      </a>
      <Side help={() => (isHelp.value = true)} />
      <main id="page" tabIndex={-1}>
        <Current />
      </main>
      <Toasts />
      {isHelp.value && <Help close={() => (isHelp.value = false)} />}
    </>
  );
}

function Side({ help }: { help: () => void }) {
  return (
    <header class="side">
      <a class="brand" href="/alerts">
        Headwater
      </a>
      <nav aria-label="Pages">
        {PLACES.map((one) => (
          <a
            key={one.path}
            href={one.path}
            data-key={`G ${one.key.toUpperCase()}`}
            {...(isHere(one.path) ? { "aria-current": "page" as const } : {})}
          >
            {one.name}
          </a>
        ))}
      </nav>
      <div class="foot">
        <Live />
        <button type="button" class="bare keys" onClick={help}>
          Keys <kbd>?</kbd>
        </button>
        <button type="button" class="bare" onClick={turnTheme}>
          Theme: {theme.value}
        </button>
        <Person />
      </div>
    </header>
  );
}

function isHere(place: string): boolean {
  return path.value === place || path.value.startsWith(`${place}/`) || (place === "/alerts" && path.value === "/");
}

function Live() {
  const now = connection.value;
  if (now === "lost")
    return (
      <span class="live lost" role="status">
        not live since <Time at={lostAt.value?.toISOString()} />; trying again
      </span>
    );
  return (
    <span class={now === "live" ? "live live-on" : "live"} role="status">
      {now === "live" ? "live" : "connecting"}
    </span>
  );
}

function Person() {
  const person = me.value;
  if (!person) return null;
  return (
    <>
      <span>
        {person.name}, {person.role}
      </span>
      {person.kind === "person" && (
        <button type="button" class="bare" onClick={() => void signOut()}>
          Sign out
        </button>
      )}
    </>
  );
}

/** The page of the address: loaded when it is opened first, begun anew for another thing of its kind. */
function Current() {
  const found = current(path.value);
  const loaded = useSignal<{ route: Route; Page: Page } | null>(null);
  const failed = useSignal<Problem | null>(null);
  useEffect(() => {
    if (!found || loaded.peek()?.route === found.route) return;
    let isStill = true;
    failed.value = null;
    found.route.load().then(
      (module) => {
        if (isStill) loaded.value = { route: found.route, Page: module.default };
      },
      (error: unknown) => {
        if (isStill) failed.value = asProblem(error);
      },
    );
    return () => {
      isStill = false;
    };
  }, [found?.route]);
  if (!found) return <NoPage />;
  if (failed.value) return <Failed problem={failed.value} again={() => window.location.reload()} />;
  if (loaded.value?.route !== found.route) return <Loading what="the page" />;
  const { Page } = loaded.value;
  return (
    <Guarded key={path.value}>
      <Page parameters={found.parameters} />
    </Guarded>
  );
}

/** A page that breaks says so, and the frame goes on. */
class Guarded extends Component<{ children: ComponentChildren }, { problem: Problem | null }> {
  override state = { problem: null };

  static override getDerivedStateFromError(error: unknown) {
    console.error(error);
    return { problem: asProblem(error) };
  }

  override render() {
    const { problem } = this.state;
    return problem ? <Failed problem={problem} again={() => this.setState({ problem: null })} /> : this.props.children;
  }
}

function current(at: string): { route: Route; parameters: Parameters } | null {
  for (const route of ROUTES) {
    const parameters = match(route.pattern, at);
    if (parameters) return { route, parameters };
  }
  return null;
}

function NoPage() {
  return (
    <div class="state failed">
      <p>
        <strong>There is no page {path.value}.</strong>
      </p>
      <a href="/alerts">To the alerts</a>
    </div>
  );
}
