import { describe, expect, it } from "vitest";
import { registry } from "../../src/jobs/handler.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { previewRegistry, previews } from "../../src/mailers/preview.ts";
import { withoutPreview } from "../../src/previews/without-preview.ts";

class SignActions extends Mailer {
  welcome(email: string) {
    return this.mail({ to: email });
  }
  goodbye(email: string) {
    return this.mail({ to: email });
  }
}

const SignMailer = mailer(SignActions, {
  name: "SignMailer",
  previews: { welcome: { beside: ["ann@x.test"] } },
});
previews(SignMailer, { welcome: { apart: ["ann@x.test"] } });

describe("previews()", () => {
  it("adds to what the mailer says itself, in order", () => {
    const scenarios = previewRegistry.of("SignMailer", "welcome").map(({ scenario }) => scenario);
    expect(scenarios).toEqual(["beside", "apart"]);
  });

  it.each([
    [
      "a scenario that is there",
      { welcome: { apart: ["bob@x.test"] } },
      /welcome has a preview "apart" already/,
    ],
    [
      "an action that is not there",
      { gone: { normal: [] } },
      /Nothing registered answers "SignMailer\.gone"/,
    ],
    ["samples without names", { welcome: ["ann@x.test"] }, /needs samples with names: \{ normal/],
  ])("refuses %s", (_, samples, message) => {
    expect(() => previews(SignMailer, samples as never)).toThrow(message);
  });

  it("refuses what is no mailer", () => {
    expect(() => previews(SignActions as never, {})).toThrow("the first argument is what mailer() gave");
    expect(() => previews(undefined as never, {})).toThrow("the first argument is what mailer() gave");
  });

  it("knows what is missing, and what to write where", () => {
    const missing = withoutPreview(registry, previewRegistry);
    expect(missing.filter(({ mailer: name }) => name === "SignMailer")).toEqual([
      {
        mailer: "SignMailer",
        action: "goodbye",
        hint: "previews(SignMailer, { goodbye: { normal: [/* its arguments */] } }) in mailers/sign-mailer.preview.ts",
      },
    ]);
  });
});
