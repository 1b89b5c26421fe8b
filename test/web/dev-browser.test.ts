import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { faultsOnScreens, noBrowser, useBrowser } from "../support/browser.ts";
import { startScript } from "../support/child.ts";
import { eventually } from "../support/eventually.ts";

const mailerFile = (subject: string) => `
import { Mailer, mailer } from "${resolve("src/index.ts")}";
class NoteActions extends Mailer {
  note(email: string, name: string) { return this.mail({ to: email, subject: "${subject} " + name, locals: { name } }); }
  evil(email: string) {
    return this.mail({ to: email, subject: "Evil", text: "x", html: "<script>parent.document.title='taken';document.title='ran'</script><form action='/inbox/delete-all' method=post><button id=go>Go</button></form><a id=top href='https://evil.test/' target=_top>top</a><img src=x onerror=\\"document.body.id='ran'\\">" });
  }
}
export const NoteMailer = mailer(NoteActions, { name: "NoteMailer", previews: {
  note: { normal: ["ann@example.com", "Ann"], other: ["bob@example.com", "Bob"] },
  evil: { normal: ["ann@example.com"] },
} });
`;

/** \`delayed-mailer dev\` in an application of its own. */
async function setup() {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-dev-"));
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
  for (const name of ["mailers", "templates", "templates/note-mailer"]) mkdirSync(join(folder, name));
  write("package.json", '{ "type": "module" }');
  write("mailers/note-mailer.ts", mailerFile("Note for"));
  write(
    "templates/note-mailer/note.html.hbs",
    "<style>p{color:#222} @media (prefers-color-scheme: dark){p{color:#eee}}</style><p>Dear {{name}}</p>",
  );
  const env = {
    DELAYED_MAILER_SQLITE: ":memory:",
    MAIL_FROM: "a@x.test",
    MONGODB_URI: undefined,
    SMTP_URL: undefined,
  };
  const port = String(20_000 + (process.pid % 20_000));
  const dev = startScript("src/cli.ts", ["dev", "--port", port, "--smtp-port", "0"], env, folder);
  onTestFinished(async () => {
    await dev.end();
    rmSync(folder, { recursive: true, force: true });
  });
  await eventually("it serves", () => dev.output().includes(`http://127.0.0.1:${port}`));
  return { dev, write, folder, url: `http://127.0.0.1:${port}` };
}

describe.skipIf(noBrowser)(
  `the pages of development in a browser${noBrowser ? ` (${noBrowser})` : ""}`,
  () => {
    const browser = useBrowser();

    it("follow template and mailer as they are saved, and show a fault in place", async () => {
      const { write, url } = await setup();
      const page = await browser.open(`${url}/previews/NoteMailer/note/normal`);
      const mail = page.frameLocator("iframe");
      await mail.getByText("Dear Ann").waitFor();
      write("templates/note-mailer/note.html.hbs", "<p>Hello {{name}}</p>");
      await mail.getByText("Hello Ann").waitFor();
      write("templates/note-mailer/note.html.hbs", "<p>Hello</p>\n<p>{{nmae}}</p>");
      await page.getByText("note.html.hbs:2").first().waitFor();
      expect(await page.locator(".fault pre").textContent()).toMatch(/\^/);
      write("templates/note-mailer/note.html.hbs", "<p>Hello {{name}}</p>");
      await mail.getByText("Hello Ann").waitFor();
      write("mailers/note-mailer.ts", mailerFile("News for"));
      await page.getByText("News for Ann").first().waitFor();
      write("mailers/note-mailer.ts", "const broken = ;");
      await page.goto(`${url}/previews`, { waitUntil: "commit" }).catch(() => undefined);
      await eventually("the file is named", async () => {
        await page.goto(`${url}/previews`).catch(() => undefined);
        return (await page.locator(".fault").count()) > 0;
      });
      expect(await page.locator(".fault").first().textContent()).toContain(
        "mailers/note-mailer.ts cannot be loaded",
      );
      write("mailers/note-mailer.ts", mailerFile("Back for"));
      await page.getByText("NoteMailer", { exact: true }).waitFor();
    });

    it("run nothing of a hostile mail, and let it send nothing and lead nowhere", async () => {
      const { url, write, folder } = await setup();
      mkdirSync(join(folder, ".delayed-mailer/inbox"), { recursive: true });
      write(".delayed-mailer/inbox/2026-01-01T00-00-00.000Z-keep.eml", "Subject: keep\r\n\r\nx");
      const page = await browser.open(`${url}/previews/NoteMailer/evil/normal`);
      const mail = page.frameLocator("iframe");
      await mail.locator("#go").waitFor();
      await mail.locator("#go").click();
      await mail.locator("#top").click();
      await page.getByRole("link", { name: "Inbox" }).click();
      await page.getByText("keep").first().waitFor();
      expect(await page.title()).toBe("Inbox · delayed-mailer");
      await page.goBack();
      expect(page.url()).toBe(`${url}/previews/NoteMailer/evil/normal`);
      expect(await mail.locator("#ran").count()).toBe(0);
    });

    it("show a dark screen's colours in a frame of a light page, and go by keys alone", async () => {
      const { url } = await setup();
      const page = await browser.open(`${url}/previews`, { colorScheme: "light" });
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      await page.keyboard.press("Enter");
      await page.waitForURL("**/NoteMailer/note/normal");
      const colour = () =>
        page
          .frameLocator("iframe")
          .locator("body")
          .evaluate("getComputedStyle(document.querySelector('p')).color");
      expect(await colour()).toBe("rgb(34, 34, 34)");
      await page.selectOption("select[name=scheme]", "dark");
      await page.waitForURL("**scheme=dark**");
      expect(await colour()).toBe("rgb(238, 238, 238)");
      await page.selectOption("select[name=width]", "phone");
      await page.waitForURL("**width=phone**");
      expect(await page.evaluate("document.querySelector('iframe').clientWidth")).toBe(375);
    });

    it("fill the inbox while it is looked at", async () => {
      const { url, folder } = await setup();
      const page = await browser.open(`${url}/inbox`);
      await page.getByText("No mail yet").waitFor();
      const env = {
        DELAYED_MAILER_SQLITE: ":memory:",
        MAIL_FROM: "a@x.test",
        MONGODB_URI: undefined,
        SMTP_URL: undefined,
      };
      const args = ["send", "NoteMailer.note", '["ann@example.com", "Ann"]'];
      expect(await startScript("src/cli.ts", args, env, folder).ended).toBe(0);
      await page.getByText("Note for Ann").waitFor();
      await page.keyboard.press("/");
      await page.keyboard.type("nobody");
      await page.keyboard.press("Enter");
      await page.getByText("Nothing of the newest").waitFor();
    });

    it("have nothing that axe finds, nor anything wider than the screen, light and dark, 1280 and 390 wide", async () => {
      const { url, write, folder } = await setup();
      mkdirSync(join(folder, ".delayed-mailer/inbox"), { recursive: true });
      write(
        ".delayed-mailer/inbox/2026-01-01T00-00-00.000Z-a.eml",
        "From: a@x.test\r\nTo: b@x.test\r\nSubject: a\r\n\r\nx",
      );
      write("templates/note-mailer/note.de.html.hbs", "<p>{{nmae}}</p>");
      const page = await browser.open(`${url}/previews`);
      const paths = [
        "/previews",
        "/previews/NoteMailer/note/normal?edit=x",
        "/previews/NoteMailer/note/normal?locale=de",
        "/previews/NoteMailer/evil/normal?tab=advice",
        "/previews/NoteMailer/note/normal?tab=headers",
        "/inbox",
        "/inbox/2026-01-01T00-00-00.000Z-a",
      ];
      for (const path of paths) {
        await page.goto(url + path);
        await page.evaluate(
          "for (const details of document.querySelectorAll('details')) details.open = true",
        );
        expect([path, await faultsOnScreens(page)]).toEqual([path, []]);
      }
    });
  },
);
