import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simpleParser } from "mailparser";
import { afterAll, describe, expect, it } from "vitest";
import { InboxTransport } from "../../src/transports/inbox-transport.ts";
import { aMail } from "../support/mails.ts";

const home = mkdtempSync(join(tmpdir(), "delayed-mailer-inbox-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe("the inbox folder", () => {
  it("gets each mail as a file that mail programs open, in the order they came", async () => {
    const folder = join(home, "made", "by", "it");
    const transport = new InboxTransport({ folder });
    const subjects = Array.from({ length: 5 }, (_, index) => `Mail ${index}`);
    for (const subject of subjects) {
      const outcome = await transport.send(aMail({ subject }));
      expect(outcome).toMatchObject({ class: "sent", accepted: ["ann@example.com"] });
      expect(readFileSync(outcome.response, "utf8")).toContain(`Subject: ${subject}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const files = readdirSync(folder).sort();
    expect(files.every((name) => name.endsWith(".eml"))).toBe(true);
    const mails = await Promise.all(files.map((name) => simpleParser(readFileSync(join(folder, name)))));
    expect(mails.map(({ subject }) => subject)).toEqual(subjects);
  });

  it("lets their owner alone read mails", async () => {
    const folder = join(home, "private");
    const { response } = await new InboxTransport({ folder }).send(aMail());
    expect([folder, response].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
  });

  it("keeps both of two mails that come at one time", async () => {
    const folder = join(home, "together");
    const transport = new InboxTransport({ folder, now: () => new Date(0) });
    await Promise.all([
      transport.send(aMail()),
      transport.send(aMail()),
      transport.send(aMail({ messageId: "<2@x.test>" })),
    ]);
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it("keeps the mail for later when the folder cannot be written", async () => {
    const place = join(home, "taken");
    const transport = new InboxTransport({ folder: place });
    writeFileSync(place, "");
    expect(await transport.send(aMail())).toMatchObject({ class: "our-fault", accepted: [] });
    rmSync(place);
    expect((await transport.send(aMail())).class).toBe("sent");
  });

  it("takes no list of addresses for one", async () => {
    const transport = new InboxTransport({ folder: join(home, "strict") });
    const recipients = ["ann@example.com, evil@example.com"];
    await expect(transport.send(aMail(), { recipients })).rejects.toMatchObject({ code: "INVALID_MAIL" });
  });

  it("says what to set when the folder cannot be made", async () => {
    writeFileSync(join(home, "file"), "");
    await expect(new InboxTransport({ folder: join(home, "file", "inbox") }).verify()).rejects.toThrow(
      "set DELAYED_MAILER_INBOX",
    );
  });
});
