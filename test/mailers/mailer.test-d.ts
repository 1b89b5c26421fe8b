import mongoose from "mongoose";
import { assertType, describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import type { Job } from "../../src/jobs/job.ts";
import type { ActionName } from "../../src/mailers/actions.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { type Draft, Mailer } from "../../src/mailers/mailer.ts";
import type { Message } from "../../src/mailers/message.ts";

const { ObjectId } = mongoose.Types;

class UserActions extends Mailer<{ locale?: string }> {
  sendRegistrationMail(email: string, name: string) {
    return this.mail({ to: email, subject: `Welcome ${name}`, locals: { name } });
  }
  async sendReceipt(email: string, orderId: string, at: Date = new Date()) {
    await Promise.resolve();
    return this.mail({ to: email, locals: { orderId, at } });
  }
  sendDigest(email: string, ...articleIds: string[]) {
    return this.mail({ to: email, locals: { articleIds } });
  }
  sendReset(email: string, options?: { ttl?: number; ip?: string }) {
    return this.mail({ to: email, locals: { ...options } });
  }
  sendKind<K extends "a" | "b">(kind: K, payload: K extends "a" ? { x: number } : { y: string }) {
    return this.mail({ to: "x@y.z", locals: { kind, payload } });
  }
  sendOver(email: string): Draft;
  sendOver(email: string, n: number): Draft;
  sendOver(email: string, n?: number) {
    return this.mail({ to: email, locals: { n } });
  }
  sendWithCallback(email: string, callback: () => void) {
    callback();
    return this.mail({ to: email });
  }
  sendMap(email: string, map: Map<string, string>) {
    return this.mail({ to: email, locals: { map } });
  }
  sendPromise(email: string, promise: Promise<string>) {
    return this.mail({ to: email, locals: { promise } });
  }
  sendInstance(email: string, url: URL) {
    return this.mail({ to: email, locals: { url } });
  }
  sendRich(
    email: string,
    rich: { at: Date; big: bigint; bytes: Uint8Array; id: mongoose.Types.ObjectId; none: null },
  ) {
    return this.mail({ to: email, locals: rich });
  }
  weekly(recipient: { email: string; name: string }, issueId: number) {
    return this.mail({ to: recipient.email, locals: { issueId } });
  }
  greetingFor(name: string) {
    return `Hi ${name}`;
  }
  protected footer() {
    return this.mail({ to: "" });
  }
  title = "x";
}

class PlainActions extends Mailer {
  hello(email: string) {
    return this.mail({ to: email });
  }
  helloAll(...emails: readonly string[]) {
    return this.mail({ to: emails });
  }
}

const PlainMailer = mailer(PlainActions, { name: "PlainMailer" });

const UserMailer = mailer(UserActions, {
  name: "UserMailer",
  args: {
    sendRegistrationMail: z.tuple([z.email(), z.string().min(1).max(80)]),
    sendReset: z.tuple([
      z.email(),
      z
        .object({ ttl: z.number().int().positive().exactOptional(), ip: z.string().exactOptional() })
        .optional(),
    ]),
  },
});

describe("a mailer's types", () => {
  it("give the call shapes of a facade", () => {
    expectTypeOf(UserMailer.sendRegistrationMail("a@b.c", "Ada")).toEqualTypeOf<Message>();
    const job = UserMailer.delay({ in: "2h" }).sendRegistrationMail("a@b.c", "Ada");
    expectTypeOf(job).toEqualTypeOf<Promise<Job<[email: string, name: string]>>>();
    expectTypeOf(UserMailer.sendReceipt("a@b.c", "o1")).toEqualTypeOf<Message>();
  });

  it("keep default, rest and optional parameters", () => {
    assertType(() => UserMailer.delay().sendReceipt("a@b.c", "o1"));
    assertType(() => UserMailer.delay().sendReceipt("a@b.c", "o1", new Date()));
    assertType(() => UserMailer.delay().sendDigest("a@b.c", "1", "2", "3"));
    assertType(() => PlainMailer.delay().helloAll("a@b.c", "d@e.f"));
    assertType(() => UserMailer.delay().sendReset("a@b.c"));
    assertType(() => UserMailer.delay().sendReset("a@b.c", { ttl: 5 }));
  });

  it("keep overloads, and the constraint of a generic action", () => {
    assertType(() => UserMailer.delay().sendOver("a", 1));
    assertType(() => UserMailer.delay().sendOver("a"));
    // @ts-expect-error no such overload
    assertType(() => UserMailer.delay().sendOver("a", "b"));
    assertType(() => UserMailer.delay().sendKind("a", { x: 1 }));
    assertType(() => UserMailer.delay().sendKind("b", { y: "s" }));
    // @ts-expect-error the relation of kind and payload is not kept, but nonsense is still refused
    assertType(() => UserMailer.delay().sendKind("c", { x: 1 }));
  });

  it("take typed params", () => {
    assertType(() => UserMailer.with({ locale: "de" }).sendRegistrationMail("a", "b").deliver());
    assertType(() => UserMailer.with({ locale: "de" }).delay().sendRegistrationMail("a", "b"));
    // @ts-expect-error unknown param
    assertType(() => UserMailer.with({ local: "de" }));
  });

  it("take a locale and a time zone, whatever params they have", () => {
    assertType(() => UserMailer.with({ timeZone: "Europe/Vienna" }).sendRegistrationMail("a", "b"));
    assertType(() => PlainMailer.with({ locale: "de", timeZone: "Europe/Vienna" }).hello("a"));
    // @ts-expect-error a locale is a text
    assertType(() => PlainMailer.with({ locale: 7 }));
  });

  it("refuse wrong, missing and surplus arguments", () => {
    // @ts-expect-error wrong argument type
    assertType(() => UserMailer.sendRegistrationMail("a@b.c", 42));
    // @ts-expect-error missing argument
    assertType(() => UserMailer.delay().sendRegistrationMail("a@b.c"));
    // @ts-expect-error too many
    assertType(() => UserMailer.delay().sendRegistrationMail("a", "b", "c"));
  });

  it("offer only mail actions", () => {
    // @ts-expect-error not a mail action
    assertType(() => UserMailer.delay().greetingFor("x"));
    // @ts-expect-error not a mail action on the facade either
    assertType(() => UserMailer.greetingFor("x"));
    // @ts-expect-error protected
    assertType(() => UserMailer.footer());
    // @ts-expect-error a field, not a method
    assertType(() => UserMailer.delay().title);
    expectTypeOf<ActionName<UserActions>>().toEqualTypeOf<
      | "sendRegistrationMail"
      | "sendReceipt"
      | "sendDigest"
      | "sendReset"
      | "sendKind"
      | "sendOver"
      | "sendWithCallback"
      | "sendMap"
      | "sendPromise"
      | "sendInstance"
      | "sendRich"
      | "weekly"
    >();
  });

  it("refuse to delay what cannot be stored, and let it be delivered inline", () => {
    // @ts-expect-error a callback cannot be stored
    assertType(() => UserMailer.delay().sendWithCallback("a", () => {}));
    // @ts-expect-error a map cannot be stored
    assertType(() => UserMailer.delay().sendMap("a", new Map()));
    // @ts-expect-error a promise cannot be stored
    assertType(() => UserMailer.delay().sendPromise("a", Promise.resolve("x")));
    // @ts-expect-error a class instance cannot be stored
    assertType(() => UserMailer.delay().sendInstance("a", new URL("http://x.test")));
    assertType(() => UserMailer.sendWithCallback("a", () => {}).deliver());
    assertType(() =>
      UserMailer.delay().sendRich("a", {
        at: new Date(),
        big: 1n,
        bytes: new Uint8Array(),
        id: new ObjectId(),
        none: null,
      }),
    );
  });

  it("know the options", () => {
    assertType(() =>
      UserMailer.delay({ in: 5000, queue: "q", priority: -1, maxAttempts: 3, uniqueKey: "k" }),
    );
    assertType(() => UserMailer.delay({ at: new Date(), expiresAt: new Date(), session: {} }));
    // @ts-expect-error unknown option
    assertType(() => UserMailer.delay({ when: 1 }));
    // @ts-expect-error no such unit
    assertType(() => UserMailer.delay({ in: "2 fortnights" }));
  });

  it("match an audience with the first parameter", () => {
    const people = [{ email: "a@b.c", name: "Ada" }];
    assertType(() => UserMailer.broadcast(people, { key: "k" }).weekly(42));
    // @ts-expect-error the rest of the arguments is checked
    assertType(() => UserMailer.broadcast(people).weekly("42"));
    // @ts-expect-error a row without a name is no recipient
    assertType(() => UserMailer.broadcast([{ email: "a@b.c" }]).weekly(42));
    // @ts-expect-error rows that are text are no recipients of this action
    assertType(() => UserMailer.broadcast(["a@b.c"]).weekly(42));
    assertType(() => UserMailer.broadcast(["a@b.c"]).sendRegistrationMail("Ada"));
    async function* stream() {
      yield* people;
    }
    assertType(() => UserMailer.broadcast(stream(), { identify: (row) => row.email }).weekly(42));
  });

  it("check schemas against methods", () => {
    class Bad extends Mailer {
      go(a: string) {
        return this.mail({ to: a });
      }
    }
    // @ts-expect-error the schema's output does not match the method's parameters
    assertType(() => mailer(Bad, { args: { go: z.tuple([z.number()]) } }));
    // @ts-expect-error a schema for a method that is no action
    assertType(() => mailer(Bad, { args: { gone: z.tuple([z.string()]) } }));
    assertType(() => mailer(Bad, { args: { go: z.tuple([z.string()]) } }));
  });
});
