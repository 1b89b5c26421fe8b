import { execFileSync } from "node:child_process";
import { createReadStream, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, describe, expect, it } from "vitest";
import { AttachmentError } from "../../src/errors/errors.ts";
import { AttachmentFolders } from "../../src/mail/attachment-folders.ts";
import { Attachments, InlineImages } from "../../src/mail/attachments.ts";
import type { Attachment } from "../../src/mail/content.ts";

const home = mkdtempSync(join(tmpdir(), "attachments-"));
const files = join(home, "files");
const more = join(home, "more");
mkdirSync(join(files, "invoices"), { recursive: true });
mkdirSync(more);
mkdirSync(join(home, "files-of-others"));
writeFileSync(join(files, "invoices", "7.pdf"), "invoice 7");
writeFileSync(join(files, "..dots.txt"), "dots");
writeFileSync(join(more, "terms.txt"), "terms");
writeFileSync(join(home, "secret.txt"), "secret");
writeFileSync(join(home, "files-of-others", "secret.txt"), "secret");
symlinkSync(join(home, "secret.txt"), join(files, "link-out.txt"));
symlinkSync(home, join(files, "folder-out"));
symlinkSync(join(files, "invoices", "7.pdf"), join(files, "link-in.pdf"));
symlinkSync("loop", join(files, "loop"));
symlinkSync(files, join(home, "linked"));
execFileSync("python3", ["-c", "import os, sys; os.mkfifo(sys.argv[1])", join(files, "pipe")]);
afterAll(() => rmSync(home, { recursive: true, force: true }));

const folders = new AttachmentFolders([files, more, join(home, "never-made")]);
const text = async (path: string) => (await folders.read(path, 100)).toString();

function load(attachments: readonly Attachment[], maxBytes?: number) {
  const loader = new Attachments({ folders: [files], templates: more, maxBytes });
  return loader.load(attachments, new InlineImages(attachments));
}

describe("the folders for attachments", () => {
  it("are where files are read from, in their order", async () => {
    expect(await text("invoices/7.pdf")).toBe("invoice 7");
    expect(await text("terms.txt")).toBe("terms");
    expect(await text(join(more, "terms.txt"))).toBe("terms");
    expect(await text("invoices/../..dots.txt")).toBe("dots");
  });

  it("may hold links that lead to their own files, and be links themselves", async () => {
    expect(await text("link-in.pdf")).toBe("invoice 7");
    const linked = new AttachmentFolders([join(home, "linked")]);
    expect((await linked.read("invoices/7.pdf", 100)).toString()).toBe("invoice 7");
  });

  it.each([
    "../secret.txt",
    "invoices/../../secret.txt",
    "../files-of-others/secret.txt",
    join(home, "secret.txt"),
    join(files, "..", "secret.txt"),
    "/etc/passwd",
    "..",
    ".",
    "link-out.txt",
    "folder-out/secret.txt",
  ])("are all that is read: not %s", async (path) => {
    const reading = folders.read(path, 100);
    await expect(reading).rejects.toThrow(AttachmentError);
    await expect(reading).rejects.toThrow(
      /is outside the folders that attachments may come from .*attachmentFolders/,
    );
  });

  it.each([
    "",
    "a\0b",
    "https://x.test/a.pdf",
    "file:///etc/passwd",
    "data:text/plain,x",
    7 as unknown as string,
  ])("take only paths: not %j", async (path) => {
    await expect(folders.read(path, 100)).rejects.toThrow(/is not the path of a file/);
  });

  it.each([
    ["gone.pdf", /there is no such file.*ENOENT/],
    ["invoices/7.pdf/x", /there is no such file.*ENOTDIR/],
    ["invoices", /it is not a file/],
    ["pipe", /it is not a file/],
    ["loop", /lead nowhere/],
    ["x".repeat(5_000), /name is too long/],
  ])("say for good what is wrong with %s", async (path, message) => {
    const reading = folders.read(path, 100);
    await expect(reading).rejects.toThrow(AttachmentError);
    await expect(reading).rejects.toThrow(message);
  });

  it("give nothing larger than there is room for", async () => {
    await expect(folders.read("invoices/7.pdf", 8)).rejects.toThrow(/larger than the 8 bytes/);
  });

  it("read nothing where there are none", async () => {
    await expect(new AttachmentFolders([]).read("a.pdf", 100)).rejects.toThrow(
      /outside the folders .*\(none\)/,
    );
  });
});

describe("loading attachments", () => {
  it("takes files, text, bytes, streams, and functions that give these", async () => {
    const loaded = await load([
      { path: "invoices/7.pdf" },
      { path: "invoices/7.pdf", filename: "Invoice.pdf", contentType: "application/x-pdf" },
      { filename: "a.txt", content: "Grüße" },
      { filename: "b.bin", content: new Uint8Array([0, 255]) },
      { filename: "c.txt", content: Readable.from(["a", Buffer.from("b")]) },
      { filename: "d.txt", content: async () => createReadStream(join(more, "terms.txt")) },
      { filename: "e.txt", content: new Blob(["web"]).stream() },
    ]);
    expect(
      loaded.map(({ content, ...label }) => ({ ...label, content: Buffer.from(content).toString("latin1") })),
    ).toEqual([
      { filename: "7.pdf", content: "invoice 7" },
      { filename: "Invoice.pdf", contentType: "application/x-pdf", content: "invoice 7" },
      { filename: "a.txt", content: Buffer.from("Grüße").toString("latin1"), charset: "utf-8" },
      { filename: "b.bin", content: "\0\u00ff" },
      { filename: "c.txt", content: "ab" },
      { filename: "d.txt", content: "terms" },
      { filename: "e.txt", content: "web" },
    ]);
  });

  it("says that a stream was read before, instead of sending an empty file", async () => {
    const content = Readable.from(["once"]);
    const loader = new Attachments({ templates: more });
    const loading = () => loader.load([{ filename: "a.txt", content }], new InlineImages([]));
    await loading();
    await expect(loading()).rejects.toThrow(/was read before: give a function/);
    await expect(load([{ filename: "a.txt", content }])).rejects.toThrow(/was read before/);
  });

  it("passes on what a stream fails with, because the next attempt may succeed", async () => {
    const failing = Readable.from(
      (async function* () {
        yield "a";
        throw new Error("storage is away");
      })(),
    );
    const loading = load([{ filename: "a.txt", content: failing }]);
    await expect(loading).rejects.toThrow("storage is away");
    await expect(loading).rejects.not.toBeInstanceOf(AttachmentError);
  });

  it("counts all files of a mail together, and ends a stream that never ends", async () => {
    const five = { filename: "a.txt", content: "12345" };
    expect(await load([five, five], 10)).toHaveLength(2);
    await expect(load([five, five], 9)).rejects.toThrow(
      "`attachments[1]` is larger than the 4 bytes that are left",
    );
    let closed = false;
    const endless = (async function* () {
      try {
        for (;;) yield "0123456789";
      } finally {
        closed = true;
      }
    })();
    await expect(load([{ filename: "a.txt", content: endless }], 1_000)).rejects.toThrow(/larger than/);
    expect(closed).toBe(true);
  });

  it.each<[string, object, RegExp]>([
    ["no content", { filename: "a" }, /needs a path or content/],
    ["a path and content", { filename: "a", path: "a", content: "a" }, /and not both/],
    ["no filename", { content: "a" }, /needs a filename/],
    ["an endless filename", { filename: "ä".repeat(128), content: "a" }, /longer than 255/],
    ["a content type that is none", { filename: "a", content: "a", contentType: "pdf" }, /contentType/],
    [
      "a type of several parts",
      { filename: "a", content: "a", contentType: "multipart/mixed; boundary=x" },
      /contentType/,
    ],
    ["a cid with a bracket", { filename: "a", content: "a", cid: "a>b" }, /cid/],
    ["content that is a number", { filename: "a", content: 7 }, /not text, bytes or a stream/],
    ["a stream of objects", { filename: "a", content: Readable.from([{}]) }, /stream of objects/],
    ["a prototype's key for a type", { filename: "a", content: () => ({}) }, /not text, bytes or a stream/],
  ])("refuses %s", async (_, attachment, message) => {
    const loading = load([attachment as Attachment]);
    await expect(loading).rejects.toThrow(AttachmentError);
    await expect(loading).rejects.toThrow(message);
  });

  it("refuses two attachments with one cid, of which nobody knows which is shown", async () => {
    const logo = { filename: "a.png", content: "a", cid: "logo" };
    await expect(load([logo, logo])).rejects.toThrow('Two attachments have the cid "logo"');
  });
});
