import type { NewsletterState } from "../../../jobs/newsletter.ts";
import {
  type LastPause,
  type NewsletterPageRequest,
  type NewsletterRecord,
  rehearsalKeys,
} from "../../../newsletters/newsletter-store.ts";
import { storeErrors } from "../connection.ts";
import type { ServerClock } from "../server-clock.ts";
import type { NewsletterCollections } from "./collections.ts";
import { toNewsletter } from "./newsletter-documents.ts";

/** Which newsletters there are, and the states they are in. */
export class NewsletterList {
  readonly #collections: NewsletterCollections;
  readonly #clock: ServerClock;

  constructor(collections: NewsletterCollections, clock: ServerClock) {
    this.#collections = collections;
    this.#clock = clock;
  }

  async find(idOrKey: string): Promise<NewsletterRecord | undefined> {
    const named = { $or: [{ _id: idOrKey }, { key: idOrKey }] };
    const found = await storeErrors(() => this.#collections.newsletters.findOne(named));
    return found ? toNewsletter(found) : undefined;
  }

  async running(): Promise<readonly NewsletterRecord[]> {
    const running = this.#collections.newsletters.find({ state: "running" }).sort({ createdAt: 1, _id: 1 });
    return (await storeErrors(() => running.toArray())).map(toNewsletter);
  }

  async list(): Promise<readonly NewsletterRecord[]> {
    const all = this.#collections.newsletters.find().sort({ createdAt: -1, _id: -1 });
    return (await storeErrors(() => all.toArray())).map(toNewsletter);
  }

  async page({ after, limit, rehearsalsOf }: NewsletterPageRequest): Promise<readonly NewsletterRecord[]> {
    const wanted = {
      ...(after !== undefined && { _id: { $lt: after } }),
      ...(rehearsalsOf !== undefined && rehearsalsIn(rehearsalsOf)),
    };
    const page = this.#collections.newsletters.find(wanted).sort({ _id: -1 }).limit(limit);
    return (await storeErrors(() => page.toArray())).map(toNewsletter);
  }

  async setState(id: string, state: NewsletterState, from: readonly NewsletterState[]): Promise<boolean> {
    const filter = { _id: id, state: { $in: [...from] } };
    const update =
      state === "cancelled"
        ? { $set: { state, finishedAt: this.#clock.now() } }
        : {
            $set: { state },
            $unset: {
              finishedAt: "" as const,
              ...(state === "paused" && { "lastPause.because": "" as const }),
            },
          };
    const set = () => this.#collections.newsletters.updateOne(filter, update);
    return (await storeErrors(set)).matchedCount > 0;
  }

  async pauseBecause(id: string, lastPause: LastPause): Promise<boolean> {
    const filter = { _id: id, state: "running" as const };
    const set = () =>
      this.#collections.newsletters.updateOne(filter, { $set: { state: "paused" as const, lastPause } });
    return (await storeErrors(set)).matchedCount > 0;
  }

  /** @param complete how many of its chunks are */
  async finish(id: string, complete: number): Promise<boolean> {
    const filter = { _id: id, state: "running" as const, planned: true, "totals.chunks": complete };
    const finished = { state: "finished" as const, finishedAt: this.#clock.now() };
    const set = () => this.#collections.newsletters.updateOne(filter, { $set: finished });
    return (await storeErrors(set)).modifiedCount > 0;
  }

  async endedBefore(ms: number): Promise<readonly string[]> {
    const before = new Date(this.#clock.now().getTime() - ms);
    const ended = this.#collections.newsletters
      .find({ finishedAt: { $lt: before, $exists: true }, state: { $in: ["finished", "cancelled"] } })
      .project<{ _id: string }>({ _id: 1 })
      .sort({ finishedAt: 1 });
    return (await storeErrors(() => ended.toArray())).map(({ _id }) => _id);
  }

  /** The newsletter goes last: where this ends half-way, it is there to be removed once more. */
  async remove(id: string): Promise<boolean> {
    const { newsletters, chunks, states, answers, refusals, people } = this.#collections;
    const ended = { _id: id, state: { $in: ["finished" as const, "cancelled" as const] } };
    if ((await storeErrors(() => newsletters.findOne(ended))) === null) return false;
    for (const collection of [states, answers, refusals, chunks])
      await storeErrors(() => collection.deleteMany({ newsletter: id }));
    // What planners left that were killed. By the index of ids, which begin with the newsletter's.
    await storeErrors(() => people.deleteMany({ _id: { $gte: `${id}:`, $lt: `${id};` } }));
    return (await storeErrors(() => newsletters.deleteOne(ended))).deletedCount > 0;
  }
}

/** By the index of the keys. */
function rehearsalsIn(key: string) {
  const { from, to } = rehearsalKeys(key);
  return { key: { $gte: from, $lt: to }, rehearsal: true as const };
}
