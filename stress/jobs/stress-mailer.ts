import { z } from "zod";
import { Mailer, mailer } from "../../src/index.ts";

class StressActions extends Mailer {
  /** The subject tells which call it is the mail of. */
  hello(call: string) {
    return this.mail({ to: "ann@example.com", subject: call, locals: { call } });
  }
}

/** Retries come soon, so that much happens in little time. */
export const StressMailer = mailer(StressActions, {
  name: "StressMailer",
  args: { hello: z.tuple([z.string()]) },
  backoff: (attempts) => 100 * attempts,
});
