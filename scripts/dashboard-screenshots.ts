// Pictures of the dashboard's pages over a store that is filled with samples: npm run dashboard-screenshots [-- FOLDER [--every]], by default docs/screenshots;
// with --every all pages on all screens

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { close, configure, openApp } from "../src/app/current-app.ts";
import { MemoryTransport } from "../src/transports/memory-transport.ts";
import { serveDashboard } from "../src/web/dashboard/serve-dashboard.ts";
import { fillStore, report, type SamplePages } from "./dashboard-samples.ts";
import { smallPng } from "./small-png.ts";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

interface Shot {
  readonly name: string;
  readonly path: string;
  readonly scheme: "light" | "dark";
  readonly viewport: { readonly width: number; readonly height: number };
}

/** Those that the documentation shows. */
const shots = ({ failed, news, rehearsal }: SamplePages): readonly Shot[] =>
  [
    { name: "dashboard-overview-light", path: "/", scheme: "light", viewport: WIDE },
    { name: "dashboard-overview-dark", path: "/", scheme: "dark", viewport: WIDE },
    { name: "dashboard-overview-phone", path: "/", scheme: "dark", viewport: PHONE },
    { name: "dashboard-workers-light", path: "/workers", scheme: "light", viewport: WIDE },
    { name: "dashboard-job-dark", path: `/jobs/${failed}`, scheme: "dark", viewport: WIDE },
    { name: "dashboard-jobs-phone", path: "/jobs?state=failed", scheme: "light", viewport: PHONE },
    { name: "dashboard-schedules-light", path: "/schedules", scheme: "light", viewport: WIDE },
    { name: "dashboard-newsletter-light", path: `/newsletters/${news}`, scheme: "light", viewport: WIDE },
    { name: "dashboard-rehearsal-dark", path: `/newsletters/${rehearsal}`, scheme: "dark", viewport: WIDE },
    { name: "dashboard-queues-light", path: "/queues", scheme: "light", viewport: WIDE },
  ] as const;

/** Every page on every screen, for whoever works on how they look. */
function everyShot({ failed, news, rehearsal }: SamplePages): readonly Shot[] {
  const paths = {
    ...{
      overview: "/",
      month: "/?span=month",
      jobs: "/jobs",
      failed: "/jobs?state=failed",
      ready: "/jobs?state=ready",
    },
    ...{ nothing: "/jobs?q=nothing", job: `/jobs/${failed}`, queues: "/queues", workers: "/workers" },
    ...{ schedules: "/schedules", newsletters: "/newsletters", newsletter: `/newsletters/${news}` },
    ...{ rehearsal: `/newsletters/${rehearsal}`, missing: "/nothing" },
  };
  return Object.entries(paths).flatMap(([page, path]) =>
    ([WIDE, PHONE] as const).flatMap((viewport) =>
      (["light", "dark"] as const).map((scheme) => ({
        ...{ name: `${page}-${viewport.width}-${scheme}`, path, scheme, viewport },
      })),
    ),
  );
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { every: { type: "boolean" } },
});
const [folder = "docs/screenshots"] = positionals;
const executablePath = process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path));
mkdirSync(folder, { recursive: true });
const transport = new MemoryTransport();
configure({ sqlite: ":memory:", transport, from: "Harbour <news@example.com>" });
const app = await openApp();
const pages = await fillStore(app, transport);
const server = await serveDashboard({}, { port: 0 });
const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ["--no-sandbox"] });
try {
  for (const { name, path, scheme, viewport } of values.every ? everyShot(pages) : shots(pages)) {
    await report(app, pages.running);
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
