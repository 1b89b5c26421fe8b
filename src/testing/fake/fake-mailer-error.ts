import { DelayedMailError } from "../../errors/errors.ts";

/** The test kit was used where it cannot work: without a fake mailer, with two of them, or while the application is in use. */
export class FakeMailerError extends DelayedMailError {
  readonly code = "FAKE_MAILER";
}
