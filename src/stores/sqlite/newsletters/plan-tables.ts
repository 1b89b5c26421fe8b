import {
  type Begun,
  type Chunk,
  chunkId,
  firstState,
  type NewNewsletter,
  type PlannerClaim,
  type PlanTotals,
  type Refusal,
} from "../../../newsletters/newsletter-store.ts";
import { type ChunkRow, type NewsletterRow, toChunk, toNewsletter } from "./newsletter-rows.ts";
import type { Tables } from "./tables.ts";

const PAGE = 100;

/** What a planner writes: the newsletter, its chunks, and the rows that were left out. */
export class PlanTables {
  readonly #tables: Tables;
  readonly #now: () => number;

  constructor(tables: Tables, now: () => number) {
    this.#tables = tables;
    this.#now = now;
  }

  begin(newsletter: NewNewsletter, planner: PlannerClaim): Promise<Begun> {
    const tables = this.#tables;
    return tables.atomically(() => {
      const { id, key, ...call } = newsletter;
      const now = this.#now();
      tables.run(
        "INSERT INTO newsletters (id, key, call, state, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
        [id, key, JSON.stringify(call), firstState(newsletter.start), now],
      );
      tables.run(
        `UPDATE newsletters SET planner_token = ?, planner_since = ?, planner_until = ?
         WHERE key = ? AND state <> 'cancelled' AND (planner_until IS NULL OR planner_until < ?)`,
        [planner.token, now, now + planner.leaseMs, key, now],
      );
      const row = tables.get<NewsletterRow>("SELECT * FROM newsletters WHERE key = ?", [key]);
      if (row === undefined) throw new Error("SQLite did not keep a newsletter.");
      const record = toNewsletter(row);
      if (row.planner_token === planner.token) return { record, turn: "mine" };
      if (row.state === "cancelled") return { record, turn: "cancelled" };
      return { record, turn: "taken", since: new Date(row.planner_since ?? now) };
    });
  }

  async renew(id: string, { token, leaseMs }: PlannerClaim): Promise<boolean> {
    const sql =
      "UPDATE newsletters SET planner_until = ? WHERE id = ? AND planner_token = ? AND state <> 'cancelled'";
    return (await this.#tables.write(sql, [this.#now() + leaseMs, id, token])) > 0;
  }

  async release(id: string, token: string): Promise<void> {
    const sql = `UPDATE newsletters SET planner_token = NULL, planner_since = NULL, planner_until = NULL
                 WHERE id = ? AND planner_token = ?`;
    await this.#tables.write(sql, [id, token]);
  }

  async isBeingPlanned(id: string): Promise<boolean> {
    const sql = "SELECT 1 FROM newsletters WHERE id = ? AND planned = 0 AND planner_until >= ?";
    return (await this.#tables.all(sql, [id, this.#now()])).length > 0;
  }

  async addChunk({ recipients, identities, timeZone, ...chunk }: Chunk): Promise<boolean> {
    const { id, newsletter, number } = chunk;
    const values = [
      id,
      newsletter,
      number,
      timeZone ?? null,
      JSON.stringify(identities),
      JSON.stringify(recipients),
    ];
    const sql = `INSERT INTO newsletter_chunks (id, newsletter, number, time_zone, identities, recipients) VALUES (?, ?, ?, ?, ?, ?)
                 ON CONFLICT DO NOTHING`;
    return (await this.#tables.write(sql, values)) > 0;
  }

  async plan(
    id: string,
    { token, leaseMs }: PlannerClaim,
    totals: PlanTotals & { planned: boolean },
  ): Promise<boolean> {
    const { chunks, recipients, duplicates, refused, planned } = totals;
    const lease = planned
      ? "planner_token = NULL, planner_since = NULL, planner_until = NULL"
      : `planner_until = ${this.#now() + leaseMs}, finished_at = NULL,
         state = CASE state WHEN 'finished' THEN 'running' ELSE state END`;
    const sql = `UPDATE newsletters SET chunks = ?, recipients = ?, duplicates = ?, refused = ?, planned = ?, ${lease}
                 WHERE id = ? AND planner_token = ? AND state <> 'cancelled'`;
    const values = [chunks, recipients, duplicates, refused, planned ? 1 : 0, id, token];
    return (await this.#tables.write(sql, values)) > 0;
  }

  async chunk(id: string): Promise<Chunk | undefined> {
    const [row] = await this.#tables.all<ChunkRow>("SELECT * FROM newsletter_chunks WHERE id = ?", [id]);
    return row && toChunk(row);
  }

  async *chunks(id: string): AsyncGenerator<Chunk & { complete: boolean }> {
    const sql = `SELECT chunk.*, coalesce(state.complete, 0) AS complete
                 FROM newsletter_chunks chunk LEFT JOIN newsletter_chunk_states state ON state.id = chunk.id
                 WHERE chunk.newsletter = ? AND chunk.number = ?`;
    for (let number = 0; ; number++) {
      const [row] = await this.#tables.all<ChunkRow & { complete: number }>(sql, [id, number]);
      if (row === undefined) return;
      const { complete, ...chunk } = row;
      yield { ...toChunk(chunk), complete: complete === 1 };
    }
  }

  /** All chunks of the newsletter are looked through, in the order of their numbers. */
  async chunksWith(id: string, identity: string): Promise<readonly Chunk[]> {
    const sql = `SELECT * FROM newsletter_chunks WHERE newsletter = ? AND instr(identities, ?) > 0 ORDER BY number`;
    const rows = await this.#tables.all<ChunkRow>(sql, [id, JSON.stringify(identity)]);
    return rows.map(toChunk).filter(({ identities }) => identities.includes(identity));
  }

  async rewriteChunk(
    { id, identities }: Chunk,
    after: Pick<Chunk, "recipients" | "identities">,
  ): Promise<boolean> {
    const sql = "UPDATE newsletter_chunks SET identities = ?, recipients = ? WHERE id = ? AND identities = ?";
    const values = [JSON.stringify(after.identities), JSON.stringify(after.recipients), id];
    return (await this.#tables.write(sql, [...values, JSON.stringify(identities)])) > 0;
  }

  async incomplete(id: string): Promise<readonly string[]> {
    const [chunks, complete] = await Promise.all([
      this.#tables.all<{ number: number }>(
        `SELECT number FROM newsletter_chunks
         WHERE newsletter = ? AND number < (SELECT chunks FROM newsletters WHERE id = ?) ORDER BY number`,
        [id, id],
      ),
      this.#tables.all<{ id: string }>(
        "SELECT id FROM newsletter_chunk_states WHERE newsletter = ? AND complete = 1",
        [id],
      ),
    ]);
    const done = new Set(complete.map((state) => state.id));
    return chunks.map(({ number }) => chunkId(id, number)).filter((chunk) => !done.has(chunk));
  }

  async addRefusals(id: string, refusals: readonly Refusal[]): Promise<void> {
    await this.#tables.atomically(() => {
      const sql =
        "INSERT OR REPLACE INTO newsletter_refusals (newsletter, row_number, problem) VALUES (?, ?, ?)";
      for (const { row, problem } of refusals) this.#tables.run(sql, [id, row, problem]);
    });
  }

  async clearRefusals(id: string): Promise<void> {
    await this.#tables.write("DELETE FROM newsletter_refusals WHERE newsletter = ?", [id]);
  }

  async *refusals(id: string): AsyncGenerator<Refusal> {
    const sql = `SELECT row_number AS row, problem FROM newsletter_refusals WHERE newsletter = ? AND row_number > ?
                 ORDER BY row_number LIMIT ${PAGE}`;
    for (let after = 0; ; ) {
      const page = await this.#tables.all<Refusal>(sql, [id, after]);
      yield* page;
      if (page.length < PAGE) return;
      after = page.at(-1)?.row ?? after;
    }
  }
}
