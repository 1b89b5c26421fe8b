import type { JobRecord } from "../../jobs/job-record.ts";
import type { AttemptOptions, AttemptResult } from "./attempt-result.ts";
import type { AttemptSignal } from "./attempt-signal.ts";
import { JobAttempt } from "./job-attempt.ts";

/**
 * Performs one claimed job, whatever it throws, and says what is to become of it.
 * @param signal aborted with `LEASE_LOST` or `STOPPING` as its reason; here also when the time limit is reached
 */
export async function performJob(
  job: JobRecord,
  signal: AttemptSignal,
  options: AttemptOptions,
): Promise<AttemptResult> {
  const attempt = new JobAttempt(job, signal, options);
  const { lifecycle, worker } = options;
  try {
    return await lifecycle.run("perform", { worker, job }, () => attempt.run());
  } catch (error) {
    // Only a plugin's callback throws here: the attempt itself never does.
    return attempt.end(error);
  }
}
