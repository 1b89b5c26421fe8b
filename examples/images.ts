// Resizes a folder of images to three widths, many in one write, four at once.
import { mkdir, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import sharp from "sharp";
import { z } from "zod";
import { close, delayAll, Job, job, openApp } from "../src/index.ts";

const ResizeImage = job("ResizeImage", {
  args: z.tuple([z.string(), z.int().positive()]),
  queue: "images",
  maxRunTime: "1m",
  async perform(file, width) {
    await sharp(file)
      .resize({ width })
      .webp()
      .toFile(join("resized", `${basename(file, ".png")}-${width}.webp`));
  },
});

// Screenshots of this project: its pages and mails.
const originals = join(import.meta.dirname, "..", "docs", "screenshots");
await mkdir("resized");
const names = (await readdir(originals)).filter((name) => name.endsWith(".png"));
await delayAll(
  names.flatMap((name) => [160, 640, 1280].map((width) => ResizeImage.call(join(originals, name), width))),
);
await ResizeImage.delay({ maxAttempts: 1 }).perform("gone.png", 640);
await (await openApp()).worker({ queues: ["images"], concurrency: 4 }).workOff();

const made = await readdir("resized");
const sizes = await Promise.all(made.map(async (name) => (await stat(join("resized", name))).size));
const { width, format } = await sharp(
  join("resized", `${basename(names[0] ?? "", ".png")}-640.webp`),
).metadata();
const failed = await Job.failed().last();
console.log(
  `${names.length} images became ${made.length}, ${Math.round(sizes.reduce((a, b) => a + b) / 1024)} KB in all`,
);
console.log(`one that is not there failed: ${failed?.lastError?.split("\n")[0]}`);
if (made.length !== names.length * 3 || names.length < 10 || width !== 640 || format !== "webp" || !failed)
  process.exitCode = 1;
await close();
