import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Job, Mailer, mailer } from "../../src/index.ts";
import { useCli } from "../support/cli.ts";

class LetterActions extends Mailer {
  hello(email: string) {
    return this.mail({ to: email, subject: "Hello" });
  }
}
const LetterMailer = mailer(LetterActions, { name: "ErasedMailer" });

describe("delayed-mailer erase", () => {
  const { cli, folder } = useCli();

  it("needs --yes where there is nobody to ask, and tells what it did", async () => {
    await LetterMailer.delay().hello("ann@example.com");
    const refused = await cli("erase", "ann@example.com");
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("add --yes to erase")]);
    expect(await Job.all().count()).toBe(1);
    const done = await cli("erase", "ann@example.com", "--yes");
    expect(done.code).toBe(0);
    expect(done.out).toContain("jobs: 1 removed, 0 cancelled while they ran, 0 blanked");
    expect(done.out + done.err).not.toContain("ann@");
    expect(JSON.parse((await cli("erase", "ann@example.com", "--yes", "--json")).out)).toMatchObject({
      jobs: { removed: 0 },
      files: 0,
    });
    expect(existsSync(join(folder(), "inbox"))).toBe(false);
  });

  it.each([[[]], [["a@x.test", "b@x.test"]]])("refuses %j", async (words) => {
    expect((await cli("erase", ...words, "--yes")).code).toBe(2);
  });
});
