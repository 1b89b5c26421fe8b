// Draws every preview with headless Chromium, and keeps the pictures of some in docs/screenshots: npm run screenshots

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openPreviewer } from "../src/app/current-app.ts";
import { previewRegistry } from "../src/mailers/preview.ts";
import type { PreviewResult } from "../src/previews/showing.ts";
import { visibleHtml } from "../src/previews/visible-html.ts";
import { Chromium } from "./chromium.ts";
import { Page } from "./page.ts";
import { pictureOf } from "./samples.ts";

const FOLDER = "docs/screenshots";
const IMAGES = "templates/images";
const WIDTHS = [320, 640];
const SCHEMES = ["light", "dark"] as const;

const previewer = await openPreviewer();
mkdirSync(FOLDER, { recursive: true });
const browser = new Chromium(process.env.CHROMIUM);
const page = await Page.open(browser, IMAGES);
await drawIllustrations();
const only = process.argv.slice(2);
try {
  for (const preview of previewRegistry.all())
    for (const showing of await previewer.show(preview)) await shoot(showing);
} finally {
  await browser.close();
}

/** The pictures of the samples are drawn as SVG, which mail programs do not show. */
async function drawIllustrations(): Promise<void> {
  for (const file of readdirSync(IMAGES).filter((name) => name.endsWith(".svg"))) {
    const svg = readFileSync(join(IMAGES, file), "utf8");
    const width = Number(/ width="(\d+)"/.exec(svg)?.[1]);
    const html = `<body style="margin:0;font-size:0">${svg}`;
    writeFileSync(
      join(IMAGES, file.replace(".svg", ".png")),
      await page.screenshot(html, { width, scheme: "light" }),
    );
  }
}

async function shoot(showing: PreviewResult): Promise<void> {
  if (showing.kind !== "shown") throw new Error(`A preview cannot be drawn: ${JSON.stringify(showing)}`);
  const { name, isKept } = pictureOf(showing);
  if (only.length > 0 && !only.includes(name)) return;
  const html = visibleHtml(showing.mail) ?? "";
  for (const width of WIDTHS)
    for (const scheme of SCHEMES) {
      const png = await page.screenshot(html, { width, scheme });
      if (!isKept) continue;
      const file = join(FOLDER, `${name}-${width}-${scheme}.png`);
      writeFileSync(file, png);
      process.stdout.write(`${file} ${Math.round(png.length / 1024)} KB\n`);
    }
}
