// Renders the sample mails with headless Chromium into docs/screenshots: npm run screenshots

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Message } from "../src/index.ts";
import { close, configure } from "../src/index.ts";
import { Chromium } from "./chromium.ts";
import { Page } from "./page.ts";
import { SAMPLES } from "./samples.ts";

const FOLDER = "docs/screenshots";
const IMAGES = "templates/images";
const WIDTHS = [320, 640];
const SCHEMES = ["light", "dark"] as const;

configure({ sqlite: ":memory:", logLevel: "silent" });
mkdirSync(FOLDER, { recursive: true });
const browser = new Chromium(process.env.CHROMIUM);
const page = await Page.open(browser, IMAGES);
await drawIllustrations();
const only = process.argv.slice(2);
try {
  for (const [name, message] of Object.entries(SAMPLES))
    if (only.length === 0 || only.includes(name)) await shoot(name, message);
} finally {
  await browser.close();
  await close();
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

async function shoot(name: string, message: Message): Promise<void> {
  const { html = "" } = await message.render();
  for (const width of WIDTHS)
    for (const scheme of SCHEMES) {
      const file = join(FOLDER, `${name}-${width}-${scheme}.png`);
      const png = await page.screenshot(html, { width, scheme });
      writeFileSync(file, png);
      process.stdout.write(`${file} ${Math.round(png.length / 1024)} KB\n`);
    }
}
