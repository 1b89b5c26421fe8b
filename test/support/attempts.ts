import type { Attempt } from "../../src/jobs/handler.ts";

const quiet = () => undefined;

/** What an attempt can say, where nobody listens. */
export const SAYING: Pick<Attempt, "saveCheckpoint" | "reportProgress" | "log"> = {
  saveCheckpoint: async () => undefined,
  reportProgress: quiet,
  log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
};
