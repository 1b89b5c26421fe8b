import { assertType, describe, it } from "vitest";
import { mailer } from "../src/mailers/facade.ts";
import { type Draft, Mailer } from "../src/mailers/mailer.ts";
import { previews } from "../src/mailers/preview.ts";

class UserActions extends Mailer<{ tenant: string }> {
  welcome(email: string, name: string) {
    return this.mail({ to: email, locals: { name } });
  }
  async receipt(email: string, lines: { name: string; price: number }[], at: Date = new Date()) {
    return this.mail({ to: email, locals: { lines, at } });
  }
  digest(email: string, ...ids: number[]) {
    return this.mail({ to: email, locals: { ids } });
  }
  kind(kind: "a" | "b") {
    return this.mail({ to: "x@y.z", locals: { kind } });
  }
  over(email: string): Draft;
  over(email: string, n: number): Draft;
  over(email: string, n?: number) {
    return this.mail({ to: email, locals: { n } });
  }
  greetingFor(name: string) {
    return `Hi ${name}`;
  }
}

class PlainActions extends Mailer {
  hello(email: string) {
    return this.mail({ to: email });
  }
  bye() {
    return this.mail({ to: "x@y.z" });
  }
}

const UserMailer = mailer(UserActions, { name: "PreviewedUserMailer" });
const PlainMailer = mailer(PlainActions, { name: "PreviewedPlainMailer" });

describe("the types of previews", () => {
  it("take arguments, params and functions", () => {
    assertType(() =>
      previews(UserMailer, {
        welcome: {
          normal: ["ann@x.test", "Ann"],
          "a tenant's": { with: { tenant: "t", locale: "de" }, args: ["ann@x.test", "Ann"] },
          lazy: () => ["ann@x.test", "Ann"],
          later: async () => ({ with: { tenant: "t" }, args: ["ann@x.test", "Ann"] }),
        },
        receipt: { normal: ["ann@x.test", [{ name: "Tea", price: 1 }]], dated: ["a@x.test", [], new Date()] },
        digest: { none: ["ann@x.test"], some: ["ann@x.test", 1, 2] },
        kind: { a: ["a"] },
        over: { one: ["a"], two: ["a", 1] },
      }),
    );
    assertType(() => previews(PlainMailer, { hello: { normal: ["ann@x.test"] }, bye: { normal: [] } }));
    assertType(() => previews(PlainMailer, { hello: { german: { with: { locale: "de" }, args: ["a"] } } }));
    assertType(() => mailer(PlainActions, { name: "X", previews: { hello: { normal: ["ann@x.test"] } } }));
  });

  it("refuse what the action does not take", () => {
    // @ts-expect-error an argument is missing
    assertType(() => previews(UserMailer, { welcome: { normal: ["ann@x.test"] } }));
    // @ts-expect-error an argument is of another type
    assertType(() => previews(UserMailer, { welcome: { normal: ["ann@x.test", 1] } }));
    // @ts-expect-error one too many
    assertType(() => previews(PlainMailer, { hello: { normal: ["ann@x.test", "Ann"] } }));
    // @ts-expect-error what a function gives is checked too
    assertType(() => previews(UserMailer, { welcome: { normal: () => ["ann@x.test", 1] } }));
    // @ts-expect-error and what a promise does
    assertType(() => previews(UserMailer, { welcome: { normal: async () => ["ann@x.test"] } }));
    // @ts-expect-error there is no such action
    assertType(() => previews(PlainMailer, { gone: { normal: [] } }));
    // @ts-expect-error a helper is no action
    assertType(() => previews(UserMailer, { greetingFor: { normal: ["Ann"] } }));
    // @ts-expect-error a param is of another type
    assertType(() => previews(UserMailer, { kind: { normal: { with: { tenant: 1 }, args: ["a"] } } }));
    // @ts-expect-error the mailer's own option is checked as well
    assertType(() => mailer(PlainActions, { name: "X", previews: { hello: { normal: [1] } } }));
  });
});
