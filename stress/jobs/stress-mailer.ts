import { z } from "zod";
import { Mailer, mailer } from "../../src/index.ts";

const reader = z.object({ email: z.email(), name: z.string().optional() });

class StressActions extends Mailer {
  /** The subject tells which call it is the mail of. */
  hello(call: string) {
    return this.mail({ to: "ann@example.com", subject: call, locals: { call } });
  }
  /** The template wants a name, which some have not. */
  issue({ email, name }: z.infer<typeof reader>, key: string) {
    return this.mail({ to: email, subject: `Issue ${key}`, locals: name === undefined ? {} : { name } });
  }
}

/** Retries come soon, so that much happens in little time. */
export const StressMailer = mailer(StressActions, {
  name: "StressMailer",
  args: { hello: z.tuple([z.string()]), issue: z.tuple([reader, z.string()]) },
  backoff: (attempts) => 100 * attempts,
});
