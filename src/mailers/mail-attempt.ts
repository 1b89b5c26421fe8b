import type { Attempt } from "../jobs/handler.ts";
import { contextOf, type JobContext } from "../jobs/job-context.ts";
import { readMailCheckpoint } from "../mail/mail-checkpoint.ts";

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
