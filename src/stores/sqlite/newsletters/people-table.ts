import type { Meeting } from "../../../newsletters/fingerprint-set.ts";
import type { Tables } from "./tables.ts";

/** Whom a planner knows, while it plans. `met` is 0 for those of an earlier planner, 1 for new ones, and 2 from the next meeting on. */
export class PeopleTable {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async remember(newsletter: string, planner: string, prints: readonly string[]): Promise<void> {
    const sql =
      "INSERT INTO newsletter_people (newsletter, planner, print, met) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING";
    await this.#tables.atomically(() => {
      for (const print of prints) this.#tables.run(sql, [newsletter, planner, print]);
    });
  }

  meet(newsletter: string, planner: string, prints: readonly string[]): Promise<readonly Meeting[]> {
    const find = "SELECT met FROM newsletter_people WHERE newsletter = ? AND planner = ? AND print = ?";
    const keep =
      "INSERT OR REPLACE INTO newsletter_people (newsletter, planner, print, met) VALUES (?, ?, ?, ?)";
    return this.#tables.atomically(() =>
      prints.map((print) => {
        const person = [newsletter, planner, print];
        const met = this.#tables.get<{ met: number }>(find, person)?.met;
        this.#tables.run(keep, [...person, met === undefined ? 1 : 2]);
        return meetingOf(met);
      }),
    );
  }

  /** In pieces, so that others can write in between. */
  async forget(newsletter: string, planner: string): Promise<void> {
    const sql = `DELETE FROM newsletter_people WHERE newsletter = ? AND planner = ? AND print IN (
                   SELECT print FROM newsletter_people WHERE newsletter = ? AND planner = ? LIMIT ${PIECE})`;
    const whose = [newsletter, planner];
    while ((await this.#tables.write(sql, [...whose, ...whose])) === PIECE);
  }
}

const PIECE = 5_000;

function meetingOf(met: number | undefined): Meeting {
  if (met === undefined) return "new";
  return met === 0 ? "known" : "again";
}
