import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { previews } from "../../src/mailers/preview.ts";
import { useCli } from "../support/cli.ts";

class BulkActions extends Mailer {
  bare(to: string) {
    return this.mail({ to, subject: "Bare", template: "bulk" });
  }

  listed(to: string) {
    const unsubscribe = "https://x.test/leave";
    return this.mail({ to, subject: "Listed", template: "bulk", list: { id: "news.x.test", unsubscribe } });
  }

  whole(to: string) {
    const list = { id: "news.x.test", unsubscribe: "https://x.test/leave", oneClick: true };
    return this.mail({ to, subject: "Whole", template: "bulk", list });
  }
}

const BulkMailer = mailer(BulkActions, { name: "BulkMailer" });
const normal = ["ann@x.test"] as const;
previews(BulkMailer, { bare: { normal }, listed: { normal }, whole: { normal } });

const { cli, folder } = useCli();
const WANTED = "large providers want of a mail to many people";

it("`check` names what a mail with a list, or one that was sent as a newsletter, lacks of what large providers want", async () => {
  writeFileSync(join(folder(), "templates/bulk.text.hbs"), "News");
  const before = await cli("check");
  expect(before.code).toBe(0);
  expect(before.out).toContain(
    `BulkMailer.listed, "normal", in en: ${WANTED}: List-Unsubscribe-Post (list.oneClick: true)`,
  );
  expect(before.out).not.toMatch(new RegExp(`(bare|whole).*${WANTED}`));

  await BulkMailer.broadcast(["ann@x.test"], { key: "bare-1" }).bare();
  const { out } = await cli("check");
  expect(out).toMatch(
    new RegExp(`BulkMailer\\.bare.*${WANTED}: List-Id .*List-Unsubscribe .*List-Unsubscribe-Post`),
  );
  expect(out).not.toMatch(new RegExp(`whole.*${WANTED}`));
});
