import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect as jestExpect } from "expect";
import { afterAll, describe, expect, it } from "vitest";
import { UserMailer } from "../../mailers/user-mailer.ts";
import { assertSent, fakeMailer, renderMail } from "../../src/testing/index.ts";
import { blockWith } from "../support/docs.ts";
import { snippetsIn, withExample, writeFilesOf } from "../support/page-files.ts";

const PAGE = "docs/testing.md";

/** What every snippet of the page stands in. */
const AROUND = `
import {
  anything, assertNotQueued, assertNotSent, assertNothingOutgoing, assertNothingQueued, assertNothingSent, assertQueued,
  assertQueuedCount, assertSent, assertSentCount, captureMails, fakeMailer, like, performQueued, renderMail, where,
} from "delayed-mailer/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { NewsMailer } from "../mailers/news-mailer.ts";
import { UserMailer } from "../mailers/user-mailer.ts";
import { forgotPassword, invite, register } from "../src/accounts.ts";
import { archived, Invoice, Invoices, PrintInvoice } from "../src/invoices.ts";

let mails;
beforeEach(async () => {
  mails = await fakeMailer();
});
afterEach(() => mails.close());
`;

const snippets = snippetsIn(PAGE);

/** As a user's test file would have it. */
const FILE = [
  AROUND,
  ...snippets.map((code) => `it(${JSON.stringify(code.split("\n")[0])}, async () => {\n${code}\n});\n`),
].join("\n");

const folder = await writeFilesOf(PAGE, { more: { "test/snippets.test.ts": FILE } });
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (file: string) => import(join(folder, "test", file));
await run("setup.ts");
await run("jest-setup.ts");
describe("the test file in docs/testing.md", async () => void (await run("accounts.test.ts")));
describe("the snippets in docs/testing.md", async () => void (await run("snippets.test.ts")));

describe("docs/testing.md", () => {
  it("shows the text of a failure as it is", async () => {
    const shown = blockWith(PAGE, "The nearest is").trimEnd();
    await using _ = await fakeMailer();
    await UserMailer.sendRegistrationMail("bob@example.com", "Bob").deliver();
    await UserMailer.sendRegistrationMail("ann@example.com", "Anne").deliver();
    const asked = ["ann@example.com", "Ann"] as const;
    expect(() =>
      assertSent(UserMailer, "sendRegistrationMail", asked, { text: "Invite three colleagues" }),
    ).toThrow(shown);
  });

  it("gives Jest's expect its matchers", async () => {
    const mail = await renderMail(UserMailer.sendRegistrationMail("ann@example.com", "Ann"));
    jestExpect(mail).toHaveSubject("Welcome, Ann");
    expect(() => jestExpect(mail).toHaveSubject("Welcome, Bob")).toThrow('"Welcome, Ann" instead of');
  });

  it("has a test that node:test runs", async () => {
    const { stdout } = await withExample(PAGE, "test/accounts.node.ts", (file) =>
      promisify(execFile)(process.execPath, ["--import", "tsx", "--test", file]),
    );
    expect(stdout).toMatch(/pass 1\b/);
    expect(stdout).toMatch(/fail 0\b/);
  });
});
