import type { SentMail } from "../mail/callbacks.ts";
import { check } from "./expected/check.ts";
import type { ExpectedMail } from "./expected/expected-mail.ts";
import { judgeSent, judgeSentCount } from "./expected/judge-outbox.ts";
import { openFake } from "./fake/fake-slot.ts";
import type { ActionOf, AnyMailer, ArgsOf, ExpectedArgs, ParamsOf, Times } from "./fake/mailer-calls.ts";

/** A mail with the arguments of its action. */
export type SentBy<F, K extends keyof F> = SentMail & { readonly args: ArgsOf<F, K> };

/** What a mail is to be like, or a function that says whether it is the one. */
export type ExpectedSent<F, K extends keyof F> =
  | (ExpectedMail & { readonly params?: ParamsOf<F> })
  | ((sent: SentBy<F, K>) => boolean);

/**
 * A mail of this action was sent: by `deliver()`, or for a stored call when that was performed.
 * @param args those of the call; `anything()`, `like()`, `expect.any(String)` and the like may stand for any of them
 * @throws AssertionError which lists what was sent, and says how the nearest mail differs
 * @example assertSent(UserMailer, "welcome", ["ann@example.com", "Ann"], { subject: "Welcome, Ann", html: "your account" });
 */
export function assertSent<F extends AnyMailer, K extends ActionOf<F>>(
  mailer: F,
  action: K,
  args: ExpectedArgs<F, K>,
  expected?: ExpectedSent<F, K> & Times,
): void;
export function assertSent<F extends AnyMailer, K extends ActionOf<F>>(
  mailer: F,
  action: K,
  expected?: ExpectedSent<F, K> & Times,
): void;
export function assertSent(...asked: readonly unknown[]): void {
  check(judgeSent("assertSent", openFake("assertSent").mailer, asked), { wanted: true, caller: assertSent });
}

/** No such mail was sent. @throws AssertionError which lists what was sent */
export function assertNotSent<F extends AnyMailer, K extends ActionOf<F>>(
  mailer: F,
  action: K,
  args: ExpectedArgs<F, K>,
  expected?: ExpectedSent<F, K>,
): void;
export function assertNotSent<F extends AnyMailer, K extends ActionOf<F>>(
  mailer: F,
  action: K,
  expected?: ExpectedSent<F, K>,
): void;
export function assertNotSent(...asked: readonly unknown[]): void {
  check(judgeSent("assertNotSent", openFake("assertNotSent").mailer, asked), {
    wanted: false,
    caller: assertNotSent,
  });
}

/** So many mails were sent, of whatever mailers. @throws AssertionError which lists them */
export function assertSentCount(count: number): void {
  check(judgeSentCount(openFake("assertSentCount").mailer, count), { wanted: true, caller: assertSentCount });
}

/** No mail was sent. @throws AssertionError which lists what was */
export function assertNothingSent(): void {
  check(judgeSentCount(openFake("assertNothingSent").mailer, 0), { wanted: true, caller: assertNothingSent });
}
