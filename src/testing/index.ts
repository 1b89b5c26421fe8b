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
export type { AsymmetricMatcher } from "./expected/asymmetric-matcher.ts";
export type { ExpectedMail } from "./expected/expected-mail.ts";
export { anything, like, where } from "./expected/stand-ins.ts";
export { type CapturedMails, captureMails } from "./fake/capture-mails.ts";
export type { FakeMailer } from "./fake/fake-mailer.ts";
export { FakeMailerError } from "./fake/fake-mailer-error.ts";
export type { FakeMailerOptions } from "./fake/fake-settings.ts";
export { fakeMailer } from "./fake/open-fake-mailer.ts";
export { type PerformQueuedOptions, performQueued } from "./fake/perform-queued.ts";
export type { FailedRecipient, PerformedQueue } from "./fake/queue-run.ts";
export type { CaughtError, FailedPerformance, StoppedMail } from "./fake/recorder.ts";
export { type MailMatchers, mailMatchers } from "./mail-matchers.ts";
export { renderMail } from "./render-mail.ts";
