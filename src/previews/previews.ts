import { InvalidOptionsError } from "../errors/errors.ts";
import type { MailerFacade } from "../mailers/facade.ts";
import { addPreviews, type Samples } from "../mailers/preview.ts";

/**
 * Says what the actions of a mailer are to be shown with: in `mailers/<name>.preview.ts`, which workers do not load.
 * @throws UnknownActionError | InvalidOptionsError
 * @example previews(UserMailer, { welcome: { normal: ["ann@example.com", "Ann"], "no name": ["ann@example.com", ""] } });
 */
export function previews<M>(mailer: MailerFacade<M>, samples: Samples<M>): void {
  const { mailerName } = Object(mailer) as Partial<MailerFacade<M>>;
  if (typeof mailerName !== "string")
    throw new InvalidOptionsError("previews()", ["the first argument must be what mailer() gave"]);
  addPreviews(mailerName, Object(samples));
}
