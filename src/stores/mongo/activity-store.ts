import type { Connection, mongo } from "mongoose";
import {
  type ActivityStore,
  COUNTED_THINGS,
  type Counts,
  type CountsOf,
  firstSlot,
  GONE_AFTER_MS,
  HISTORIES,
  type History,
  NO_COUNTS,
  type Slot,
  type Subject,
  slotAt,
  type WorkerReport,
} from "../../activity/activity-store.ts";
import { collectionOf, storeErrors } from "./connection.ts";

/** One slot of one history: all its counts in one document, so that what a worker adds is one update. */
interface SlotDocument {
  /** `day 2026-01-02T03:05:00.000Z`: its order is that of time, so no other index is needed. */
  _id: string;
  counts: Readonly<Record<string, Partial<Counts>>>;
}

type WorkerDocument = Omit<WorkerReport, "worker"> & { _id: string };

/** What workers did and do, in two small collections. */
export class MongoActivityStore implements ActivityStore {
  readonly #slots: mongo.Collection<SlotDocument>;
  readonly #workers: mongo.Collection<WorkerDocument>;

  constructor(connection: Connection, { prefix }: { readonly prefix: string }) {
    this.#slots = collectionOf(connection, `${prefix}_activity`);
    this.#workers = collectionOf(connection, `${prefix}_workers`);
  }

  async add(at: Date, counts: readonly CountsOf[]): Promise<void> {
    const $inc = Object.fromEntries(counts.flatMap(incrementsOf));
    if (Object.keys($inc).length === 0) return;
    const histories = Object.keys(HISTORIES) as History[];
    const writes = histories.flatMap((history): mongo.AnyBulkWriteOperation<SlotDocument>[] => [
      {
        deleteMany: {
          filter: { _id: { $gte: idOf(history), $lt: idOf(history, firstSlot(history, at)) } },
        },
      },
      {
        updateOne: {
          filter: { _id: idOf(history, slotAt(history, at)) },
          update: { $inc } as mongo.UpdateFilter<SlotDocument>,
          upsert: true,
        },
      },
    ]);
    await storeErrors(() => this.#slots.bulkWrite(writes, { ordered: false }));
  }

  async history(history: History, now: Date): Promise<readonly Slot[]> {
    const _id = { $gte: idOf(history, firstSlot(history, now)), $lt: `${history}!` };
    const slots = await storeErrors(() => this.#slots.find({ _id }).sort({ _id: 1 }).toArray());
    return slots.flatMap(slotsOf);
  }

  async report({ worker: _id, ...report }: WorkerReport): Promise<void> {
    const gone = new Date(report.at.getTime() - GONE_AFTER_MS);
    const writes: mongo.AnyBulkWriteOperation<WorkerDocument>[] = [
      { deleteMany: { filter: { at: { $lt: gone } } } },
      { replaceOne: { filter: { _id }, replacement: report, upsert: true } },
    ];
    await storeErrors(() => this.#workers.bulkWrite(writes, { ordered: false }));
  }

  async leave(worker: string): Promise<void> {
    await storeErrors(() => this.#workers.deleteOne({ _id: worker }));
  }

  async workers(now: Date): Promise<readonly WorkerReport[]> {
    const at = { $gte: new Date(now.getTime() - GONE_AFTER_MS) };
    const found = await storeErrors(() => this.#workers.find({ at }).sort({ _id: 1 }).toArray());
    return found.map(({ _id, ...report }) => ({ worker: _id, ...report }));
  }
}

function idOf(history: History, at?: Date): string {
  return `${history} ${at?.toISOString() ?? ""}`;
}

/** A name of ours is a field's name: without what a path takes for more. */
function incrementsOf({ subject, name, counts }: CountsOf): readonly (readonly [string, number])[] {
  const field = `${subject}:${encodeURIComponent(name).replaceAll(".", "%2E")}`;
  const given = COUNTED_THINGS.filter((each) => counts[each] > 0);
  return given.map((each) => [`counts.${field}.${each}`, counts[each]]);
}

function slotsOf({ _id, counts }: SlotDocument): readonly Slot[] {
  const at = new Date(_id.slice(_id.indexOf(" ") + 1));
  return Object.entries(counts)
    .map(([field, given]) => {
      const [subject = "", name = ""] = field.split(":", 2);
      // `incrementsOf` wrote it.
      return {
        at,
        subject: subject as Subject,
        name: decodeURIComponent(name),
        counts: { ...NO_COUNTS, ...given },
      };
    })
    .toSorted((a, b) => (`${a.subject} ${a.name}` < `${b.subject} ${b.name}` ? -1 : 1));
}
