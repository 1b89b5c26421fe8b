import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { simpleParser } from "mailparser";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  AttachmentError,
  Job,
  Mailer,
  mailer,
  PayloadTooLargeError,
  UnstorableValueError,
} from "../../src/index.ts";
import { compose } from "../../src/mime/compose.ts";
import { readWithPython } from "../corpus/read-mails.ts";
import { startApp } from "../support/app.ts";
import { setupTemplates } from "../support/templates.ts";

const PIXEL = Buffer.from("R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==", "base64");
const home = mkdtempSync(join(tmpdir(), "attachments-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

class AttachmentActions extends Mailer {
  invoice(path: string) {
    return this.mail({ to: "ann@x.test", subject: "Invoice", attachments: [{ path }] });
  }

  bytes(content: Buffer) {
    return this.mail({ to: "ann@x.test", subject: "Bytes", attachments: [{ filename: "a.bin", content }] });
  }

  opened(...paths: readonly string[]) {
    const attachments = paths.map((path) => ({
      filename: path,
      content: createReadStream(join(home, path)),
    }));
    return this.mail({
      to: "ann@x.test",
      subject: "Opened",
      template: "attachment-mailer/bytes",
      attachments,
    });
  }

  streamed(text: string) {
    const content = () => Readable.from([text]);
    return this.mail({ to: "ann@x.test", subject: "Stream", attachments: [{ filename: "a.txt", content }] });
  }
}
const any = z.tuple([z.any()]);
const AttachmentMailer = mailer(AttachmentActions, {
  name: "AttachmentMailer",
  args: { invoice: z.tuple([z.string()]), bytes: any, streamed: z.tuple([z.string()]) },
});
const TEMPLATES = {
  "attachment-mailer/invoice.text.hbs": "Your invoice",
  "attachment-mailer/bytes.text.hbs": "Bytes",
  "attachment-mailer/streamed.text.hbs": "Stream",
};

describe("attachments on the road", () => {
  beforeEach(() => {
    rmSync(home, { recursive: true, force: true });
    mkdirSync(home);
  });
  const start = () => startApp(TEMPLATES, { attachmentFolders: [home] });

  it("are read when the job is performed, not when it is stored", async () => {
    const { app, transport } = await start();
    await AttachmentMailer.delay().invoice("7.pdf");
    writeFileSync(join(home, "7.pdf"), "written later");
    await app.worker().workOff();
    const [file] = transport.sent[0]?.mail.attachments ?? [];
    expect(file?.filename).toBe("7.pdf");
    expect(Buffer.from(file?.content ?? []).toString()).toBe("written later");
  });

  it.each(["gone.pdf", "../../etc/passwd"])("fail a job for good when there is no file %s", async (path) => {
    const { app, transport } = await start();
    await AttachmentMailer.delay({ maxAttempts: 25 }).invoice(path);
    await app.worker().workOff();
    const failed = await Job.failed().last();
    expect([failed?.attempts, failed?.failedAt]).toEqual([1, expect.any(Date)]);
    expect(failed?.lastError).toContain(path);
    expect(transport.sent).toEqual([]);
  });

  it("may be small buffers among the arguments of a stored call, and not large ones", async () => {
    const { app, transport } = await start();
    const small = Buffer.alloc(512 * 1024, 7);
    await AttachmentMailer.delay().bytes(small);
    await app.worker().workOff();
    const sent = transport.sent[0]?.mail.attachments?.[0]?.content;
    expect(small.equals(sent ?? new Uint8Array())).toBe(true);
    const large = Buffer.alloc(1024 * 1024 + 1);
    await expect(AttachmentMailer.delay().bytes(large)).rejects.toThrow(UnstorableValueError);
    await expect(AttachmentMailer.delay().bytes(large)).rejects.toThrow(
      /args\[0\] is 1048577 bytes.*at most 1048576/,
    );
    await expect(AttachmentMailer.bytes(large).deliver()).resolves.toBeDefined();
  });

  it("may not be more together than a job may have", async () => {
    const { app } = await start();
    const buffers = Array.from({ length: 7 }, () => Buffer.alloc(256 * 1024));
    const together = AttachmentMailer.delay().bytes(buffers as unknown as Buffer);
    await expect(together).rejects.toThrow(PayloadTooLargeError);
    await expect(together).rejects.toThrow(/arguments are \d+ bytes, and a job may have 1000000/);
    await expect(AttachmentMailer.delay().invoice("x".repeat(1_000_001))).rejects.toThrow(
      PayloadTooLargeError,
    );
    expect(await app.store.counts()).toEqual([]);
  });

  it("may be streams that the action opens, and never streams that are stored", async () => {
    const { app, transport } = await start();
    await AttachmentMailer.delay().streamed("from the action");
    await app.worker().workOff();
    const content = transport.sent[0]?.mail.attachments?.[0]?.content ?? [];
    expect(Buffer.from(content).toString()).toBe("from the action");
    const stored = AttachmentMailer.delay().bytes(Readable.from(["x"]) as unknown as Buffer);
    await expect(stored).rejects.toThrow(UnstorableValueError);
  });
});

it.each([[null], "a.pdf", { path: "a.pdf" }, ["a.pdf"]])(
  "attachments are a list of objects, not %j",
  async (given) => {
    const { render } = await setupTemplates({ "user-mailer/welcome.text.hbs": "x" });
    const rendering = render({ attachments: given as never });
    await expect(rendering).rejects.toThrow(AttachmentError);
    await expect(rendering).rejects.toThrow(/`attachments` must be a list of/);
  },
);

describe("a stream that breaks", () => {
  it("fails its own mail, though nobody had begun to read it, and not the process", async () => {
    await startApp(TEMPLATES, { attachmentFolders: [home] });
    writeFileSync(join(home, "a.txt"), "a");
    const sending = AttachmentMailer.opened("a.txt", "gone.txt").deliver();
    await expect(sending).rejects.toThrow(/ENOENT.*gone\.txt/);
  });

  it("is tried again, because another time it may not break", async () => {
    const { app } = await startApp(TEMPLATES, { attachmentFolders: [home] });
    const { id } = await AttachmentMailer.delay().opened("gone.txt");
    await app.worker().workOff();
    const job = await Job.find(id);
    expect([job?.state, job?.attempts]).toEqual(["ready", 1]);
    expect(job?.lastError).toContain("gone.txt");
  });
});

describe("images inside a mail", () => {
  const html = `<img src="{{cid "logo"}}" alt="Logo"><img src="{{cid "images/dot.gif"}}" alt=""><img src="{{cid "images/dot.gif"}}" alt="">`;
  const logo = { cid: "logo", filename: "logo.gif", content: PIXEL };

  it("are attachments of the action, or files beside the templates, each sent once", async () => {
    const { render, write } = await setupTemplates({ "user-mailer/welcome.html.hbs": html });
    await write("images/dot.gif", "GIF89a");
    const mail = await render({ attachments: [logo] });
    const raw = await compose(mail);
    const { attachments, html: read } = await simpleParser(raw, { keepCidLinks: true } as object);
    expect(attachments.map(({ filename, related, contentType }) => [filename, related, contentType])).toEqual(
      [
        ["logo.gif", true, "image/gif"],
        ["dot.gif", true, "image/gif"],
      ],
    );
    const shown = [...String(read).matchAll(/src="cid:(.*?)"/g)].map(([, cid]) => cid);
    expect(shown).toEqual([attachments[0]?.cid, attachments[1]?.cid, attachments[1]?.cid]);
  });

  it.each([
    ["nothing of that name", '{{cid "nowhere"}}', /no attachment has the cid "nowhere"/],
    ["a template", '{{cid "user-mailer/welcome.html.hbs"}}', /not the path of an image/],
    ["a file that is not there", '{{cid "images/gone.png"}}', /images\/gone\.png.*there is no such file/],
    ["a file elsewhere", '{{cid "../../etc/logo.png"}}', /outside the folders/],
  ])("cannot be %s", async (_, template, message) => {
    const { render } = await setupTemplates({ "user-mailer/welcome.html.hbs": template });
    await expect(render()).rejects.toThrow(message);
  });

  it("have no place in text", async () => {
    const { render } = await setupTemplates({ "user-mailer/welcome.text.hbs": '{{cid "logo"}}' });
    await expect(render({ attachments: [logo] })).rejects.toThrow(/only html parts show images/);
  });
});

describe("an invitation", () => {
  const content = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//x.test//EN",
    "METHOD:REQUEST",
    "BEGIN:VEVENT",
    "UID:1@x.test",
    "DTSTAMP:20260101T000000Z",
    "DTSTART:20260102T090000Z",
    "SUMMARY:Grüße",
    "END:VEVENT",
    "END:VCALENDAR",
    "",
  ].join("\n");
  const templates = { "user-mailer/welcome.text.hbs": "Come", "user-mailer/welcome.html.hbs": "<p>Come</p>" };

  it("is what calendars look for and a file as well (RFC 6047 2.4)", async () => {
    const { render, folder } = await setupTemplates(templates);
    const raw = await compose(await render({ calendar: { method: "REQUEST", content } }));
    const path = join(folder, "invite.eml");
    writeFileSync(path, raw);
    const [mail] = await readWithPython([path]);
    expect(mail?.defects).toEqual([]);
    expect(mail?.types).toEqual([
      "multipart/mixed",
      "multipart/alternative",
      "text/plain",
      "text/html",
      "text/calendar",
      "application/ics",
    ]);
    const bodies = mail?.parts.map((part) => Buffer.from(part.content, "base64").toString()) ?? [];
    expect(bodies[2]).toBe(content.replaceAll("\n", "\r\n"));
    expect(bodies[3]).toBe(bodies[2]);
    expect(raw.toString()).toMatch(/Content-Type: text\/calendar; charset=utf-8;\s+method=REQUEST/i);
  });

  it.each([
    [
      "another method than its content",
      { method: "CANCEL", content },
      /must be the same: "CANCEL", "REQUEST"/,
    ],
    ["no iCalendar object", { method: "REQUEST", content: "METHOD:REQUEST" }, /begins with BEGIN:VCALENDAR/],
    [
      "a method that nobody knows",
      { method: "FOO", content: content.replace("REQUEST", "FOO") },
      /must be one of PUBLISH, REQUEST/,
    ],
    ["a method with a header in it", { method: "REQUEST\r\nBcc: evil@x.test", content }, /must be the same/],
  ] as const)("cannot have %s", async (_, calendar, message) => {
    const { render } = await setupTemplates(templates);
    await expect(render({ calendar: calendar as never })).rejects.toThrow(message);
  });
});
