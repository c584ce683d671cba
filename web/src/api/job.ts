/** A job followed to its end: asked again every second while it waits or is under way and somebody looks. */
import { useEffect } from "preact/hooks";
import { type Asking, useAsked } from "./asking";
import { answered, api, type Schemas } from "./client";

export type Job = Schemas["Job"];

const EVERY_MS = 1_000;

export function isUnderWay(job: Job): boolean {
  return job.state === "queued" || job.state === "running";
}

/** The job of that id; null data without an id. `ended` is called once, with a job that was seen under way. */
export function useJob(id: string | null, ended?: (job: Job) => void): Asking<Job | null> {
  const asked = useAsked<Job | null>(id ?? "", async (signal) =>
    id === null ? null : answered(api.GET("/api/v1/jobs/{job}", { params: { path: { job: id } }, signal })),
  );
  const job = asked.data;
  useEffect(() => {
    if (!job || !isUnderWay(job)) return;
    let isStill = true;
    const timer = setInterval(async () => {
      if (document.hidden) return;
      const { data } = await api.GET("/api/v1/jobs/{job}", { params: { path: { job: job.id } } });
      if (!data || !isStill) return;
      asked.put(data);
      if (!isUnderWay(data)) ended?.(data);
    }, EVERY_MS);
    return () => {
      isStill = false;
      clearInterval(timer);
    };
  }, [job?.id, job && isUnderWay(job)]);
  return asked;
}
