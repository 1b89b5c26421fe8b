import { expect as jestExpect } from "expect";
import { assertType, describe, expect, expectTypeOf, it } from "vitest";
import { type Draft, type Job, Mailer, mailer } from "../../src/index.ts";
import {
  anything,
  assertNotQueued,
  assertNotSent,
  assertQueued,
  assertSent,
  captureMails,
  type FakeMailer,
  fakeMailer,
  like,
  performQueued,
  renderMail,
  where,
} from "../../src/testing/index.ts";
import { mailMatchers as forJest } from "../../src/testing/jest.ts";
import { mailMatchers as forVitest } from "../../src/testing/vitest.ts";

interface Order {
  readonly id: number;
  readonly placedAt: Date;
  readonly lines: readonly { readonly sku: string; readonly count: bigint }[];
}

class UserActions extends Mailer<{ company?: string }> {
  welcome(email: string, name: string) {
    return this.mail({ to: email, subject: name });
  }
  async receipt(email: string, order: Order, ...notes: string[]) {
    return this.mail({ to: email, locals: { order, notes } });
  }
  over(email: string): Draft;
  over(email: string, count: number): Draft;
  over(email: string, count?: number) {
    return this.mail({ to: email, locals: { count } });
  }
  greeting(name: string) {
    return `Hello ${name}`;
  }
}

const UserMailer = mailer(UserActions, { name: "UserMailer" });

const ORDER: Order = { id: 7, placedAt: new Date(), lines: [{ sku: "a", count: 2n }] };

declare const mails: FakeMailer;

describe("the types of the assertions", () => {
  it("know the actions of a mailer", () => {
    assertType(() => assertSent(UserMailer, "welcome"));
    assertType(() => assertQueued(UserMailer.with({ company: "Harbour" }), "over"));
    // @ts-expect-error no such action
    assertType(() => assertSent(UserMailer, "welcom"));
    // @ts-expect-error a method that makes no mail
    assertType(() => assertNotSent(UserMailer, "greeting"));
    // @ts-expect-error a word of every mailer
    assertType(() => assertNotQueued(UserMailer, "delay"));
    // @ts-expect-error a class is no mailer
    assertType(() => assertSent(UserActions, "welcome"));
  });

  it("know the arguments of an action", () => {
    assertType(() => assertSent(UserMailer, "welcome", ["ann@example.com", "Ann"]));
    assertType(() => assertSent(UserMailer, "receipt", ["ann@example.com", ORDER]));
    assertType(() => assertSent(UserMailer, "receipt", ["ann@example.com", ORDER, "one", "two"]));
    assertType(() => assertQueued(UserMailer, "over", ["ann@example.com"]));
    assertType(() => assertQueued(UserMailer, "over", ["ann@example.com", 2]));
    // @ts-expect-error wrong argument
    assertType(() => assertSent(UserMailer, "welcome", ["ann@example.com", 7]));
    // @ts-expect-error missing argument
    assertType(() => assertNotSent(UserMailer, "welcome", ["ann@example.com"]));
    // @ts-expect-error surplus argument
    assertType(() => assertQueued(UserMailer, "welcome", ["ann@example.com", "Ann", "Lee"]));
    // @ts-expect-error wrong inside
    assertType(() => assertNotQueued(UserMailer, "receipt", ["a", { ...ORDER, id: "7" }]));
  });

  it("take stand-ins for arguments and for parts of them", () => {
    assertType(() => assertSent(UserMailer, "welcome", [anything(), "Ann"]));
    assertType(() => assertSent(UserMailer, "receipt", ["ann@example.com", like({ id: 7 })]));
    assertType(() =>
      assertSent(UserMailer, "receipt", ["ann@example.com", { ...ORDER, placedAt: anything() }]),
    );
    assertType(() =>
      assertSent(UserMailer, "receipt", [
        where((email: string) => email.endsWith("@example.com")),
        { ...ORDER, lines: [{ sku: anything(), count: 2n }] },
        expect.any(String),
      ]),
    );
    assertType(() => assertSent(UserMailer, "welcome", [jestExpect.stringContaining("@"), "Ann"]));
  });

  it("know what can be said of a mail, and of a call", () => {
    assertType(() => assertSent(UserMailer, "welcome", { subject: /Ann/, times: 2 }));
    assertType(() => assertSent(UserMailer, "welcome", { params: { company: "Harbour" } }));
    assertType(() => assertQueued(UserMailer, "welcome", ["a", "b"], { in: "2h", queue: "mail", times: 1 }));
    // @ts-expect-error no part of a mail
    assertType(() => assertSent(UserMailer, "welcome", { subjct: "Ann" }));
    // @ts-expect-error a part of a call
    assertType(() => assertSent(UserMailer, "welcome", { queue: "mail" }));
    // @ts-expect-error a part of a mail
    assertType(() => assertQueued(UserMailer, "welcome", { subject: "Ann" }));
    // @ts-expect-error no param of this mailer
    assertType(() => assertSent(UserMailer, "welcome", { params: { compny: "Harbour" } }));
    // @ts-expect-error how often a mail is not sent is no number
    assertType(() => assertNotSent(UserMailer, "welcome", { times: 2 }));
    // @ts-expect-error no such unit
    assertType(() => assertQueued(UserMailer, "welcome", { in: "2 fortnights" }));
  });

  it("give a function the mail or the job with its own arguments", () => {
    assertSent(UserMailer, "receipt", ({ mail, args: [email, order] }) => {
      expectTypeOf(mail.subject).toEqualTypeOf<string>();
      expectTypeOf(email).toEqualTypeOf<string>();
      return order.id === 7;
    });
    assertQueued(UserMailer, "welcome", ["a", "b"], (job) => {
      expectTypeOf(job).toExtend<Job>();
      return job.args[1].length > 0;
    });
    // @ts-expect-error a promise is neither true nor false
    assertType(() => assertSent(UserMailer, "welcome", async () => true));
  });
});

describe("the types of the rest of the kit", () => {
  it("take the settings of an application but for where mails go", () => {
    assertType(() => fakeMailer({ templates: "templates", locale: "de", transports: { bulk: "memory:" } }));
    // @ts-expect-error mails stay in memory
    assertType(() => fakeMailer({ smtpUrl: "smtp://mail.example.com" }));
    // @ts-expect-error jobs stay in memory
    assertType(() => fakeMailer({ sqlite: "store.sqlite" }));
  });

  it("give what a block gave, and take messages to render", () => {
    expectTypeOf(captureMails(async () => 7)).resolves.toExtend<{ readonly result: number }>();
    assertType(() => performQueued({ queues: ["mail"], until: new Date() }));
    assertType(() => renderMail(UserMailer.welcome("a", "b")));
    // @ts-expect-error a job is no message
    assertType(() => renderMail(UserMailer.delay().welcome("a", "b")));
  });
});

describe("the types of the matchers", () => {
  it("are known to Vitest", () => {
    assertType(() => expect.extend(forVitest));
    expectTypeOf(
      expect(mails).toHaveSent(UserMailer, "welcome", ["a", "b"], { times: 1 }),
    ).toEqualTypeOf<void>();
    assertType(() => expect(mails).not.toHaveQueued(UserMailer, "receipt", ["a", like({ id: 7 })]));
    assertType(() => expect(mails.sent[0]).toHaveSubject(/Ann/));
    assertType(() => expect(mails.sent).toContainEqual(expect.toMatchMail({ to: "ann@example.com" })));
    // @ts-expect-error wrong argument
    assertType(() => expect(mails).toHaveSent(UserMailer, "welcome", ["a", 7]));
    // @ts-expect-error no such action
    assertType(() => expect(mails).toHaveQueued(UserMailer, "welcom"));
    // @ts-expect-error a subject is a text
    assertType(() => expect(mails.sent[0]).toHaveSubject(7));
  });

  it("are known to Jest", () => {
    assertType(() => jestExpect.extend(forJest));
    expectTypeOf(jestExpect(mails).toHaveSent(UserMailer, "welcome", ["a", "b"])).toEqualTypeOf<void>();
    assertType(() => jestExpect(mails.sent[0]).not.toContainText("Ann"));
    assertType(() => jestExpect(mails.sent).toContainEqual(jestExpect.toBeSentTo("ann@example.com")));
    // @ts-expect-error wrong argument
    assertType(() => jestExpect(mails).toHaveSent(UserMailer, "welcome", ["a", 7]));
    // @ts-expect-error no such action
    assertType(() => jestExpect(mails).toHaveQueued(UserMailer, "welcom"));
  });

  it("are known to the globals of Jest", () => {
    const matchers = {} as jest.Matchers<void, FakeMailer>;
    assertType(() => matchers.toHaveSent(UserMailer, "welcome", ["a", "b"]));
    // @ts-expect-error wrong argument
    assertType(() => matchers.toHaveSent(UserMailer, "welcome", ["a", 7]));
  });
});
