// Pictures of the dashboard's pages over a store that is filled with samples: npm run dashboard-screenshots [-- FOLDER], by default docs/screenshots

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { close, configure, openApp } from "../src/app/current-app.ts";
import { MemoryTransport } from "../src/transports/memory-transport.ts";
import { serveDashboard } from "../src/web/dashboard/serve-dashboard.ts";
import { fillStore, type SamplePages } from "./dashboard-samples.ts";
import { smallPng } from "./small-png.ts";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

const shots = ({ failed, news }: SamplePages) =>
  [
    { name: "dashboard-overview-light", path: "/", scheme: "light", viewport: WIDE },
    { name: "dashboard-overview-dark", path: "/", scheme: "dark", viewport: WIDE },
    { name: "dashboard-overview-phone", path: "/", scheme: "dark", viewport: PHONE },
    { name: "dashboard-workers-light", path: "/workers", scheme: "light", viewport: WIDE },
    { name: "dashboard-job-dark", path: `/jobs/${failed}`, scheme: "dark", viewport: WIDE },
    { name: "dashboard-jobs-phone", path: "/jobs?state=failed", scheme: "light", viewport: PHONE },
    { name: "dashboard-schedules-light", path: "/schedules", scheme: "light", viewport: WIDE },
    { name: "dashboard-newsletter-light", path: `/newsletters/${news}`, scheme: "light", viewport: WIDE },
  ] as const;

const folder = process.argv[2] ?? "docs/screenshots";
const executablePath = process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path));
mkdirSync(folder, { recursive: true });
const transport = new MemoryTransport();
configure({ sqlite: ":memory:", transport, from: "Harbour <news@example.com>" });
const pages = await fillStore(await openApp(), transport);
const server = await serveDashboard({}, { port: 0 });
const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ["--no-sandbox"] });
try {
  for (const { name, path, scheme, viewport } of shots(pages)) {
    const page = await browser.newPage({ colorScheme: scheme, viewport });
    await page.goto(server.url + path);
    const file = join(folder, `${name}.png`);
    writeFileSync(file, smallPng(await page.screenshot({ fullPage: true })));
    process.stdout.write(`${file}\n`);
    await page.close();
  }
} finally {
  await browser.close();
  await server.close();
  await close();
}
