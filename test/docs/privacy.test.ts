import { afterEach, expect, it, vi } from "vitest";
import { close, configuration } from "../../src/app/current-app.ts";
import { configure, erase, Job, Mailer, mailer } from "../../src/index.ts";
import { startApp } from "../support/app.ts";
import { useCli } from "../support/cli.ts";
import { blockWith, commandsIn } from "../support/docs.ts";

class UserActions extends Mailer {
  hello(email: string) {
    return this.mail({ to: email, subject: "Hello" });
  }
}
const UserMailer = mailer(UserActions, { name: "PrivacyPageMailer" });

afterEach(close);

it("docs/privacy.md says how long jobs and newsletters are kept", () => {
  configure({ retention: "7d", failedRetention: "30d", newsletterRetention: "90d", batchRetention: "30d" });
  const day = 24 * 3_600_000;
  const { retention, failedRetention, newsletterRetention } = configuration();
  expect([retention, failedRetention, newsletterRetention]).toEqual([7 * day, 30 * day, 90 * day]);
});

it("docs/privacy.md erases an address", async () => {
  await startApp();
  await UserMailer.delay().hello("ann@example.com");
  const { jobs, newsletters, batches, files } = await erase("ann@example.com");
  expect([jobs.removed, newsletters.recipients, batches, files]).toEqual([1, 0, 0, 0]);
});

it("docs/privacy.md encrypts with the first key and reads with both", async () => {
  vi.stubEnv("MAIL_KEY_2026_11", Buffer.alloc(32, 1).toString("base64"));
  vi.stubEnv("MAIL_KEY_2025_04", Buffer.alloc(32, 2).toString("base64"));
  configure({
    encryptionKeys: [
      { id: "2026-11", key: process.env.MAIL_KEY_2026_11 ?? "" }, // encrypts
      { id: "2025-04", key: process.env.MAIL_KEY_2025_04 ?? "" }, // is still read
    ],
  });
  expect(configuration().encryptionKeys?.seal("x", "here")).toMatch(/^2026-11\./);
  vi.unstubAllEnvs();
});

const { cli } = useCli();

it("docs/privacy.md erases at a terminal", async () => {
  configure({});
  await UserMailer.delay().hello("ann@example.com");
  const [[, ...words] = []] = commandsIn(blockWith("docs/privacy.md", "delayed-mailer erase"));
  expect((await cli(...words)).out).toContain("1 removed");
  expect(await Job.all().count()).toBe(0);
});
