import { z } from "zod";
import type { Attempt } from "../jobs/handler.ts";
import { contextOf, type JobContext } from "../jobs/job-context.ts";

/** What a mail's job keeps between attempts. */
export interface MailCheckpoint {
  /** Who has the mail already. */
  readonly accepted: readonly string[];
  /** Whether an attempt ended without anybody knowing whether the server took it. */
  readonly mayHaveBeenTaken?: boolean | undefined;
  /** What its action saved. */
  readonly own?: unknown;
}

const schema = z.object({
  accepted: z.array(z.string()).default([]),
  mayHaveBeenTaken: z.boolean().optional(),
  own: z.unknown().optional(),
});

/** What is no checkpoint of a mail says nothing: the mail is made anew, for everybody. */
export function readMailCheckpoint(stored: unknown): MailCheckpoint {
  return schema.safeParse(stored).data ?? { accepted: [] };
}

export interface MailAttempt {
  /** What the action sees of it: the checkpoint is its own. */
  readonly context: JobContext;
  /** What the sending of the mail sees of it: also who has the mail already. */
  readonly sending: Attempt;
}

/** One attempt as the two see it who share its checkpoint: the action that makes the mail, and what sends it. */
export function mailAttempt(attempt: Attempt): MailAttempt {
  let state = readMailCheckpoint(attempt.checkpoint);
  const saveCheckpoint = async (own: unknown) => {
    await attempt.saveCheckpoint({ ...state, own });
    state = { ...state, own };
  };
  return {
    context: contextOf({ ...attempt, checkpoint: state.own, saveCheckpoint }),
    sending: {
      ...attempt,
      get checkpoint() {
        return state;
      },
    },
  };
}
