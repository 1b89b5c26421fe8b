import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, expect, it } from "vitest";
import { close, openApp } from "../../src/index.ts";
import { MemoryTransport } from "../../src/transports/memory-transport.ts";
import { startApp } from "../support/app.ts";
import { NewsMailer } from "./transports/news-mailer.ts";

afterEach(close);

it("the transports in docs/transports.md open", async () => {
  await import("./transports/config.ts");
  const { transports } = await openApp();
  expect([...transports.single.keys()]).toEqual(["main", "bulk", "backup", "fresh"]);
  expect(transports.main.name).toMatch(/^main \(.*\), else backup \(smtps:\/\/backup\.example:465\)$/);
});

it("the mailer in docs/transports.md sends its mails where the page says", async () => {
  const [main, bulk] = [new MemoryTransport(), new MemoryTransport()];
  await startApp(
    { "news.text.hbs": "News" },
    { ...({ transport: undefined } as object), transports: { main, bulk } },
  );
  await NewsMailer.weekly("ann@x.test").deliver();
  await NewsMailer.confirm("ann@x.test").deliver();
  expect([main.sent, bulk.sent].map((sent) => sent.map(({ mail }) => mail.subject))).toEqual([
    ["Please confirm"],
    ["News"],
  ]);
});

it("the transport in docs/transports.md passes the contract, under node:test", async () => {
  const file = new URL("transports/our-transport.ts", import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", "--test", file]);
  expect(stdout).toMatch(/pass 14\b/);
  expect(stdout).toMatch(/fail 0\b/);
});
