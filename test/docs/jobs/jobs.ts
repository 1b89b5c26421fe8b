import { z } from "zod";
import { delayAll, job, schedule } from "../../../src/index.ts";
import { images, type Row, rows } from "./shop.ts";

export const ResizeImage = job("ResizeImage", {
  args: z.tuple([z.string(), z.int().positive()]),
  queue: "images",
  maxAttempts: 5,
  maxRunTime: "2m",
  async perform(imageId, width, { signal }) {
    const image = await images.read(imageId, { signal });
    await images.write(`${imageId}-${width}`, image.resized(width));
  },
});

export async function stored() {
  await ResizeImage.delay({ priority: 5 }).perform("cat", 640); // a worker performs it
  await ResizeImage.performNow("cat", 640); // here and now
  await delayAll([ResizeImage.call("dog", 640), ResizeImage.call("dog", 1280)]); // one write
}

schedule("thumbnails", "0 3 * * *", {}, async () => {
  const ids = await images.withoutThumbnail();
  return ids.map((id) => ResizeImage.call(id, 120));
});

export const ImportRows = job("ImportRows", {
  args: z.tuple([z.string()]),
  checkpoint: z.object({ row: z.int() }),
  keepResult: "7 days",
  async perform(file, { checkpoint, progress, signal, log }) {
    const all: readonly Row[] = await rows.read(file);
    let bad = 0;
    for (let row = checkpoint.value?.row ?? 0; row < all.length; row++) {
      signal.throwIfAborted();
      if (!(await rows.save(all[row]))) {
        bad++;
        log.warn("a row is not usable", { row });
      }
      progress(row / all.length, `row ${row}`);
      if (row % 100 === 99) await checkpoint.save({ row: row + 1 });
    }
    return { rows: all.length, bad };
  },
});

export class DigestJob {
  readonly userId: number;

  constructor(userId: number) {
    this.userId = userId;
  }

  displayName() {
    return `digest of user ${this.userId}`;
  }

  maxAttempts() {
    return 3;
  }

  rescheduleAt(now: Date, attempts: number) {
    return new Date(now.getTime() + attempts * 60_000);
  }

  async perform() {
    await rows.digest(this.userId);
  }

  failure() {
    rows.gaveUp.push(this.userId);
  }
}

export const Digest = job(DigestJob, { args: z.tuple([z.int()]) });
