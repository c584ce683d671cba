/** How a job stands, in words and not by colour alone. */
import type { Job } from "../../api/job";
import { stateWords } from "./words";

const CLASSES: Record<Job["state"], string> = {
  queued: "tag",
  running: "tag under-way",
  succeeded: "tag on",
  failed: "tag broken",
  dead: "tag broken",
  cancelled: "tag",
};

export function JobState({ job }: { job: Job }) {
  return (
    <span class={CLASSES[job.state]}>
      {job.cancel_requested_at && job.state === "running" ? "stopping" : stateWords(job.state)}
    </span>
  );
}
