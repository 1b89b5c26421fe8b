import { expect, it } from "vitest";
import { z } from "zod";
import { Mailer, mailer } from "../../src/index.ts";
import { startDev } from "../support/dev-server.ts";
import { eventually } from "../support/eventually.ts";

class PageActions extends Mailer<{ locale?: string; timeZone?: string }> {
  hello(email: string, name: string, order: { paid: Date; count: number; gift: boolean; notes: string[] }) {
    return this.mail({ to: email, subject: `Hello ${name}`, locals: { name, ...order } });
  }
  hostile(email: string) {
    const html = `<html><body onload="parent.x=1"><script>parent.hacked=1</script><form action="https://evil.test"><input></form>
<a href="#">nowhere</a><img src="https://elsewhere.test/p.png"></body></html>`;
    const attachments = [{ filename: "../../etc/\u202egnp.exe", content: "MZ" }];
    return this.mail({ to: email, subject: "\u202eevil", html, text: "x", attachments });
  }
  broken(email: string) {
    return this.mail({ to: email, subject: "broken" });
  }
  long(email: string) {
    return this.mail({
      to: email,
      subject: "long",
      html: `<p>${"word ".repeat(1_000_000)}</p>`,
      text: "long",
    });
  }
}
const ORDER = { paid: new Date("2026-03-02T20:41:00Z"), count: 2, gift: false, notes: ["a"] };
mailer(PageActions, {
  name: "PageMailer",
  args: {
    hello: z.tuple([
      z.email(),
      z.string().min(1),
      z.object({ paid: z.date(), count: z.int(), gift: z.boolean(), notes: z.array(z.string()) }),
    ]),
  },
  previews: {
    hello: {
      normal: ["ann@example.com", "Ann", ORDER],
      "in Vienna / late": {
        with: { locale: "de", timeZone: "Europe/Vienna" },
        args: ["ann@example.com", "Änn", ORDER],
      },
    },
    hostile: { normal: ["ann@example.com"] },
    broken: { normal: ["ann@example.com"] },
    long: { normal: ["ann@example.com"] },
  },
});

const TEMPLATES = {
  "page-mailer/hello.html.hbs": `<style>p{color:#111} @media (prefers-color-scheme: dark){p{color:#eee}}</style>
<p>{{name}} paid {{date paid}} for {{count}}{{#if gift}}, a gift{{/if}}: {{notes.[0]}}</p>`,
  "page-mailer/hello.de.html.hbs": "<p>{{name}} zahlte {{date paid}}</p>",
  "page-mailer/broken.html.hbs": "<p>fine</p>\n<p>{{nmae}}</p>\n",
};
const HELLO = "/previews/PageMailer/hello/normal";

it("lists every mailer, action and sample, and shows one with its subject and size", async () => {
  const { get } = await startDev(TEMPLATES);
  const list = await (await get("/previews")).text();
  expect(list).toContain('href="/previews/PageMailer/hello/in%20Vienna%20%2F%20late"');
  const page = await (await get(HELLO)).text();
  expect(page).toContain("Hello Ann");
  expect(page).toMatch(/of 102 kB/);
  expect(await (await get("/previews/PageMailer/hello/in%20Vienna%20%2F%20late/frame")).text()).toContain(
    "Änn zahlte",
  );
});

it("answers a mail's media queries as the chosen screen would, whatever the viewer's own is", async () => {
  const { get } = await startDev(TEMPLATES);
  const light = await (await get(`${HELLO}/frame?scheme=light`)).text();
  const dark = await (await get(`${HELLO}/frame?scheme=dark`)).text();
  expect(light).toContain("@media (max-width: 0px)");
  expect(dark).toContain("@media (min-width: 0px)");
  expect(await (await get(`${HELLO}/frame?scheme=inverted`)).text()).toContain("invert(1)");
});

it("frames a mail so that none of its scripts, forms and pictures does anything", async () => {
  const { get } = await startDev(TEMPLATES);
  const path = "/previews/PageMailer/hostile/normal";
  const policy = (await get(`${path}/frame`)).headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("form-action 'none'");
  expect(policy).toMatch(/sandbox allow-popups allow-popups-to-escape-sandbox$/);
  expect(policy).not.toContain("https:");
  expect((await get(`${path}/frame?remote=1`)).headers.get("content-security-policy")).toContain(
    "img-src data: https: http:",
  );
  const page = await (await get(path)).text();
  expect(page).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox"');
  expect(page).toContain("1 picture from elsewhere not fetched");
  expect(page).not.toContain("\u202e");
  const advice = await (await get(`${path}?tab=advice`)).text();
  for (const words of ["clients take &lt;script&gt; out", "leads nowhere", "has no lang", "no alt"])
    expect(advice).toContain(words);
});

it("gives attachments as downloads under harmless names", async () => {
  const { get } = await startDev(TEMPLATES);
  const { headers } = await get("/previews/PageMailer/hostile/normal/attachments/0");
  expect(headers.get("content-disposition")).toBe(`attachment; filename="gnp.exe"; filename*=UTF-8''gnp.exe`);
  expect(headers.get("content-type")).toBe("application/octet-stream");
  expect((await get("/previews/PageMailer/hostile/normal/attachments/7")).status).toBe(404);
});

it("shows a template's fault in place, with its line and a caret", async () => {
  const { get } = await startDev(TEMPLATES);
  const page = await (await get("/previews/PageMailer/broken/normal")).text();
  expect(page).toContain("page-mailer/broken.html.hbs:2");
  expect(page).toMatch(/\{\{nmae\}\}&lt;\/p&gt;\n[^<]*\^/);
});

it("makes the mail anew when a template changes, and tells open pages", async () => {
  const { get, write } = await startDev(TEMPLATES);
  expect(await (await get(`${HELLO}/frame`)).text()).toContain("Ann paid");
  const events = await get("/events");
  const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toContain("event: hello");
  write("templates/page-mailer/hello.html.hbs", "<p>New words</p>");
  expect((await reader?.read())?.value).toContain("event: changed");
  await reader?.cancel();
  await eventually("the new words", async () =>
    (await (await get(`${HELLO}/frame`)).text()).includes("New words"),
  );
});

it("takes other arguments from a form by the action's schema, and keeps them out of the address", async () => {
  const { get, post } = await startDev(TEMPLATES);
  const page = await (await get(HELLO)).text();
  expect(page).toContain(
    '<input type="datetime-local" step="1" name="arg.2.paid" value="2026-03-02T20:41:00">',
  );
  expect(page).toContain("<span>email</span>");
  const form = {
    "arg.0": "bob@example.com",
    "arg.1": "Bob",
    "arg.2.paid": "2027-01-05T10:00",
    "arg.2.count": "7",
    "arg.2.gift": "on",
  };
  const edited = await post(`${HELLO}/arguments`, { ...form, "arg.2.notes": '["b"]' });
  expect(edited.status).toBe(303);
  const location = edited.headers.get("location") ?? "";
  expect(location).not.toContain("bob");
  expect(await (await get(location.replace("?", "/frame?"))).text()).toMatch(
    /Bob paid .*2027 for 7, a gift: b/,
  );
});

it("says what cannot be read in a form, and what the schema does not take", async () => {
  const { get, post } = await startDev(TEMPLATES);
  const bad = await post(`${HELLO}/arguments`, {
    "arg.0": "x",
    "arg.1": "Bob",
    "arg.2.count": "many",
    "arg.2.notes": "[",
  });
  expect(bad.status).toBe(422);
  expect(await bad.text()).toMatch(/count must be a number; notes is not JSON/);
  const refused = await post(`${HELLO}/arguments`, {
    "arg.0": "no address",
    "arg.1": "Bob",
    "arg.2.count": "1",
  });
  expect(await (await get(refused.headers.get("location") ?? "")).text()).toContain("Invalid email address");
});

it("sends the mail to one address alone, through the application's transport", async () => {
  const { post, transport } = await startDev(TEMPLATES);
  const { status } = await post(`${HELLO}/send`, { to: "me@example.com", locale: "de" });
  expect(status).toBe(303);
  expect(transport.sent.map(({ recipients }) => recipients)).toEqual([["me@example.com"]]);
  expect(transport.sent[0]?.mail.html).toContain("zahlte");
  expect((await post(`${HELLO}/send`, { to: "a@x.test, b@x.test" })).status).toBe(422);
  transport.script.push({ class: "rejected", response: "550 no" });
  expect(await (await post(`${HELLO}/send`, { to: "me@example.com" })).text()).toContain(
    "not sent (rejected): 550 no",
  );
});

it("shows five megabytes of html, and says that Gmail clips them", async () => {
  const { get } = await startDev(TEMPLATES);
  expect(await (await get("/previews/PageMailer/long/normal")).text()).toContain("Gmail clips it");
  expect((await (await get("/previews/PageMailer/long/normal/frame")).text()).length).toBeGreaterThan(
    5_000_000,
  );
});

it("names files that cannot be loaded", async () => {
  const { get } = await startDev({}, { unloaded: [{ file: "mailers/x.ts", problem: "SyntaxError: no" }] });
  expect(await (await get("/previews")).text()).toContain("mailers/x.ts cannot be loaded");
});

it("refuses what another site makes a browser send, and names that only lead here", async () => {
  const { get, transport, server } = await startDev(TEMPLATES);
  const send = (headers: Record<string, string>) =>
    get(`${HELLO}/send`, { method: "POST", body: new URLSearchParams({ to: "me@example.com" }), headers });
  expect((await send({ "sec-fetch-site": "cross-site" })).status).toBe(403);
  expect((await send({ "sec-fetch-site": "same-site" })).status).toBe(403);
  expect((await send({ origin: "https://evil.test" })).status).toBe(403);
  expect((await send({ origin: "null" })).status).toBe(403);
  expect(transport.sent).toEqual([]);
  expect((await send({ origin: server.url })).status).toBe(303);
  const { request } = await import("node:http");
  const status = await new Promise((resolve) =>
    request(`${server.url}/inbox`, { headers: { host: "rebound.evil.test" } }, ({ statusCode }) =>
      resolve(statusCode),
    ).end(),
  );
  expect(status).toBe(403);
});

it("lets no page into another's frame, and runs nothing that stands in it", async () => {
  const { get } = await startDev(TEMPLATES);
  const { headers } = await get(HELLO);
  expect(headers.get("content-security-policy")).toBe(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
  expect(headers.get("x-frame-options")).toBe("DENY");
  expect((await get("/nothing/here")).status).toBe(404);
});
