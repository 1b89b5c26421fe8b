import { z } from "zod";
import { Batch, batch, delayAll, job, Mailer, mailer, schedule } from "../../../src/index.ts";
import { images, type Row, rows, written } from "./shop.ts";

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

export const SaveLine = job("SaveLine", {
  args: z.tuple([z.string()]),
  perform: (line) => void written.push(line),
});

export const SyncCustomer = job("SyncCustomer", {
  args: z.tuple([z.int()]),
  limit: { key: (customer) => `customer-${customer}`, concurrency: 1, rate: "10/1m" },
  perform: (customer) => void written.push(`customer ${customer}`),
});

export const DeleteFile = job("DeleteFile", {
  args: z.tuple([z.string()]),
  perform: (file) => void written.push(`${file} deleted`),
});

export const ReportMailer = mailer(
  class ReportMailer extends Mailer {
    imported(file: string) {
      return this.mail({ to: "ann@example.com", subject: `${file} is imported`, text: "All of it." });
    }
  },
);

export async function importFile(file: string, lines: readonly string[]) {
  return batch(
    `import ${file}`,
    lines.map((line) => SaveLine.call(line)),
    { onComplete: ReportMailer.imported(file), onSuccess: DeleteFile.call(file), queue: "imports" },
  );
}

export async function progressOf() {
  const found = await Batch.find("import people.csv");
  if (found === undefined) throw new Error("There is no such batch.");
  const { total, done, failed, pending, state } = await found.progress();
  return { total, done, failed, pending, state };
}

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
