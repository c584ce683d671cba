/** The canvas of a case: begins with an answer, is widened by asking, and is saved as data. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { asProblem, type Problem } from "../../api/client";
import { query } from "../../router";
import type { PageProps } from "../../routes";
import { PageHead } from "../../ui/page";
import { Failed, Loading } from "../../ui/states";
import { beginWithAlert, beginWithCase, beginWithTransaction, beginWithWallet, type Home } from "./beginning";
import { Desk } from "./desk";
import { Start } from "./start";
import { Workspace } from "./workspace";
import "./graph.css";

export default function Page({ parameters }: PageProps) {
  const asked = query.value;
  const [kind, subject] = subjectOf(parameters.case, asked);
  if (kind === null) return <Start />;
  return <Begun key={`${kind} ${subject}`} kind={kind} subject={subject} />;
}

type Subject = "case" | "alert" | "wallet" | "tx";

function subjectOf(of: string | undefined, asked: URLSearchParams): [Subject, string] | [null, ""] {
  if (of !== undefined) return ["case", of];
  for (const kind of ["alert", "wallet", "tx"] as const) {
    const found = asked.get(kind);
    if (found) return [kind, found];
  }
  return [null, ""];
}

function Begun({ kind, subject }: { kind: Subject; subject: string }) {
  const work = useMemo(() => new Workspace(), []);
  const home = useSignal<Home | null>(null);
  const problem = useSignal<Problem | null>(null);
  const isReady = useSignal(false);
  const begin = () => {
    problem.value = null;
    beginningOf(work, kind, subject).then(
      (found) => {
        home.value = found;
        isReady.value = true;
      },
      (error: unknown) => {
        problem.value = asProblem(error);
      },
    );
  };
  useEffect(begin, []);
  const title = home.value ? `Graph of ${home.value.case.title}` : `Graph of ${WORDS[kind]}`;
  if (isReady.value)
    return <Desk work={work} home={home} title={title} subject={kind === "case" ? null : subject} kind={kind} />;
  return (
    <>
      <PageHead title={title} />
      {problem.value ? <Failed problem={problem.value} again={begin} /> : <Loading what="the canvas" />}
    </>
  );
}

const WORDS: Record<Subject, string> = { case: "a case", alert: "an alert", wallet: "a wallet", tx: "a transaction" };

async function beginningOf(work: Workspace, kind: Subject, subject: string): Promise<Home | null> {
  if (kind === "case") return beginWithCase(work, subject);
  if (kind === "alert") await beginWithAlert(work, subject);
  else if (kind === "wallet") await beginWithWallet(work, subject);
  else await beginWithTransaction(work, subject);
  return null;
}
