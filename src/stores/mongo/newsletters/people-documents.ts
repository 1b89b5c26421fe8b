import type { Meeting } from "../../../newsletters/fingerprint-set.ts";
import { duplicatesIn, storeErrors } from "../connection.ts";
import type { NewsletterCollections } from "./collections.ts";

/** `delayed_newsletter_people`: whom a planner knows, while it plans. `_id` is `<newsletter>:<planner>:<fingerprint>`. */
export interface PersonDocument {
  readonly _id: string;
  readonly newsletter: string;
  /** Whether this planner has met the person itself. */
  readonly met: boolean;
}

/** Of ids, in one question. */
const PIECE = 1_000;

export class PeopleDocuments {
  readonly #collections: NewsletterCollections;

  constructor(collections: NewsletterCollections) {
    this.#collections = collections;
  }

  async remember(newsletter: string, planner: string, prints: readonly string[]): Promise<void> {
    for (let from = 0; from < prints.length; from += PIECE) {
      const ids = prints.slice(from, from + PIECE).map((print) => idOf(newsletter, planner, print));
      await this.#insert(newsletter, ids, false);
    }
  }

  async meet(newsletter: string, planner: string, prints: readonly string[]): Promise<readonly Meeting[]> {
    const { people } = this.#collections;
    const ids = prints.map((print) => idOf(newsletter, planner, print));
    const found = await storeErrors(() => people.find({ _id: { $in: ids } }).toArray());
    const known = new Map(found.map(({ _id, met }) => [_id, met]));
    const isNew = (id: string) => !known.has(id);
    await this.#insert(newsletter, ids.filter(isNew), true);
    const first = ids.filter((id) => known.get(id) === false);
    if (first.length > 0)
      await storeErrors(() => people.updateMany({ _id: { $in: first } }, { $set: { met: true } }));
    return ids.map((id) => (isNew(id) ? "new" : known.get(id) ? "again" : "known"));
  }

  async forget(newsletter: string, planner: string): Promise<void> {
    const from = idOf(newsletter, planner, "");
    // A semicolon comes right after a colon.
    const until = `${from.slice(0, -1)};`;
    await storeErrors(() => this.#collections.people.deleteMany({ _id: { $gte: from, $lt: until } }));
  }

  /** Somebody who is there already stays as he is. */
  async #insert(newsletter: string, ids: readonly string[], met: boolean): Promise<void> {
    if (ids.length === 0) return;
    const people = ids.map((_id) => ({ _id, newsletter, met }));
    await storeErrors(() =>
      this.#collections.people.insertMany(people, { ordered: false }).catch((error: unknown) => {
        if (duplicatesIn(error) === undefined) throw error;
      }),
    );
  }
}

function idOf(newsletter: string, planner: string, print: string): string {
  return `${newsletter}:${planner}:${print}`;
}
