import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import { expect, it } from "vitest";
import { InboxTransport } from "../../src/transports/inbox-transport.ts";
import { startDev } from "../support/dev-server.ts";
import { eventually } from "../support/eventually.ts";
import { aMail } from "../support/mails.ts";

const HOSTILE = [
  "From: =?utf-8?Q?=E2=80=AE?= <a@x.test>",
  "To: <b@x.test>",
  "Subject: <script>alert(1)</script>",
  "MIME-Version: 1.0",
  'Content-Type: multipart/mixed; boundary="b"',
  "",
  "--b",
  "Content-Type: text/html; charset=x-no-such",
  "",
  "<script>parent.hacked=1</script><p>hi",
  "--b",
  'Content-Type: text/html; name="x.html"',
  'Content-Disposition: attachment; filename="..\\..\\C:\\evil\r\n .html"',
  "",
  "<script>1</script>",
  "--b--",
  "",
].join("\r\n");

it("shows what the inbox transport kept, newest first, and finds it by words", async () => {
  const { get, folder } = await startDev();
  const at = (time: string) =>
    new InboxTransport({ folder: join(folder, "inbox"), now: () => new Date(time) });
  await at("2026-01-01T10:00:00Z").send(aMail({ subject: "First words" }));
  await at("2026-01-02T10:00:00Z").send(aMail({ subject: "Second words" }));
  const page = await (await get("/inbox")).text();
  expect(page.indexOf("Second words")).toBeLessThan(page.indexOf("First words"));
  const found = (await (await get("/api/inbox?q=FIRST")).json()) as {
    total: number;
    mails: { id: string }[];
  };
  expect(found.total).toBe(1);
  const one = (await (await get(`/api/inbox/${found.mails[0]?.id}`)).json()) as Record<string, unknown>;
  expect(one).toMatchObject({ subject: "First words" });
  expect((await get("/inbox/2020-none")).status).toBe(404);
  expect((await get(`/inbox/${encodeURIComponent("../store")}`)).status).toBe(404);
});

it("takes the mails of other programs by SMTP, and tells open pages", async () => {
  const { get, server } = await startDev();
  const events = (await get("/events")).body?.pipeThrough(new TextDecoderStream()).getReader();
  await events?.read();
  const sender = createTransport({ url: server.smtpUrl, auth: { user: "any", pass: "body" } } as object);
  const files = [{ filename: "bill.txt", content: "ten euros" }];
  await sender.sendMail({
    from: "a@x.test",
    to: "b@x.test",
    subject: "By SMTP",
    text: "hello",
    attachments: files,
  });
  expect((await events?.read())?.value).toContain("event: inbox");
  await events?.cancel();
  const { mails } = await eventually("the mail", async () => {
    const list = (await (await get("/api/inbox")).json()) as {
      total: number;
      mails: { id: string; attachments: number }[];
    };
    return list.total === 1 && list;
  });
  expect(mails[0]?.attachments).toBe(1);
  expect(await (await get(`/inbox/${mails[0]?.id}/attachments/0`)).text()).toBe("ten euros");
});

it("shows a hostile mail as text, and gives its files as downloads", async () => {
  const { get, write } = await startDev();
  write("inbox/2026-01-01T00-00-00.000Z-hostile.eml", HOSTILE);
  write("inbox/2026-01-01T00-00-00.000Z-nomail.eml", Buffer.from([0, 255, 254, 13]));
  const page = await (await get("/inbox/2026-01-01T00-00-00.000Z-hostile")).text();
  expect(page).not.toContain("<script>alert");
  expect(page).not.toContain("\u202e");
  const { headers } = await get("/inbox/2026-01-01T00-00-00.000Z-hostile/attachments/0");
  expect(headers.get("content-disposition")).toMatch(
    /^attachment; filename="[\w. ]+"; filename\*=UTF-8''[\w.%]+$/,
  );
  expect(headers.get("content-type")).toBe("application/octet-stream");
  expect(
    (await get("/inbox/2026-01-01T00-00-00.000Z-hostile/frame")).headers.get("content-security-policy"),
  ).toContain("sandbox");
  expect((await get("/inbox/2026-01-01T00-00-00.000Z-nomail")).status).toBe(200);
});

it("deletes one mail, and all of them, and nothing else in the folder", async () => {
  const { get, post, write, folder } = await startDev();
  for (const name of ["a", "b", "c"]) write(`inbox/${name}.eml`, "Subject: x\r\n\r\nx");
  write("inbox/notes.txt", "mine");
  expect((await post("/inbox/a/delete", {})).status).toBe(303);
  expect(readdirSync(join(folder, "inbox"))).toEqual(["b.eml", "c.eml", "notes.txt"]);
  expect((await get("/inbox/delete-all")).status).toBe(404);
  await post("/inbox/delete-all", {});
  expect(readdirSync(join(folder, "inbox"))).toEqual(["notes.txt"]);
  expect(await (await get("/inbox")).text()).toContain("No mail yet");
});
