/** From jobs to scoring runs and back. */

export function Views({ of }: { of: "jobs" | "runs" }) {
  const current = (is: boolean) => (is ? { "aria-current": "page" as const } : {});
  return (
    <nav class="views" aria-label="Background work">
      <a href="/jobs" {...current(of === "jobs")}>
        Jobs
      </a>
      <a href="/jobs/runs" {...current(of === "runs")}>
        Scoring runs
      </a>
    </nav>
  );
}
