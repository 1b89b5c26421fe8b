// Everything that `delayed-mailer/testing` offers to tests of applications.

export { assertNothingOutgoing } from "./assert-nothing-outgoing.ts";
export {
  assertNothingQueued,
  assertNotQueued,
  assertQueued,
  assertQueuedCount,
  type ExpectedQueued,
} from "./assert-queued.ts";
export {
  assertNothingSent,
  assertNotSent,
  assertSent,
  assertSentCount,
  type ExpectedSent,
} from "./assert-sent.ts";
export { type CapturedMails, captureMails } from "./capture-mails.ts";
export type { ExpectedMail } from "./expected-mail.ts";
export type { FakeMailer } from "./fake-mailer.ts";
export { FakeMailerError } from "./fake-mailer-error.ts";
export type { FakeMailerOptions } from "./fake-settings.ts";
export { type MailMatchers, mailMatchers } from "./mail-matchers.ts";
export { fakeMailer } from "./open-fake-mailer.ts";
export { type PerformQueuedOptions, performQueued } from "./perform-queued.ts";
export type { FailedRecipient, PerformedQueue } from "./queue-run.ts";
export type { CaughtError, FailedPerformance, StoppedMail } from "./recorder.ts";
export { renderMail } from "./render-mail.ts";
export type { StandIn } from "./stand-in.ts";
export { anything, like, where } from "./stand-ins.ts";
