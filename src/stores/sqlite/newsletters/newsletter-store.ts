import type { Json } from "../../../jobs/job-record.ts";
import type { NewsletterState } from "../../../jobs/newsletter.ts";
import {
  type Begun,
  type Chunk,
  type ChunkProgress,
  chunkId,
  type NewNewsletter,
  type NewsletterRecord,
  type NewsletterStore,
  type PlannerClaim,
  type PlanTotals,
  type RecipientFailure,
  type Refusal,
  type Taken,
} from "../../../newsletters/newsletter-store.ts";
import {
  addCounts,
  countOutcomes,
  NO_COUNTS,
  type OutcomeCounts,
  outcomeOf,
  type ReportedOutcome,
  reopened,
  reportedAs,
} from "../../../newsletters/outcome.ts";
import type { Database } from "../database.ts";
import type { Value } from "../driver.ts";
import { migrate } from "../migrate.ts";
import { retryWhileBusy } from "../retry-while-busy.ts";
import { type ChunkRow, type NewsletterRow, toChunk, toNewsletter } from "./newsletter-rows.ts";
import { NEWSLETTER_SCHEMA } from "./newsletter-schema.ts";

const PAGE = 100;

/** What is known of newsletters, in the same SQLite file as the jobs. */
export class SqliteNewsletterStore implements NewsletterStore {
  /** As on MongoDB, so that a newsletter is the same on both, and a chunk is read and written in few milliseconds. */
  readonly maxChunkBytes = 4 * 1024 * 1024;
  readonly #database: Database;
  readonly #now: () => number;

  /** @throws StoreError */
  constructor(database: Database, { now = Date.now }: { now?: () => number } = {}) {
    migrate(database, "newsletters", NEWSLETTER_SCHEMA);
    this.#database = database;
    this.#now = now;
  }

  sizeOfRow(recipient: Json, identity: string): number {
    return Buffer.byteLength(JSON.stringify(recipient)) + Buffer.byteLength(identity) + 16;
  }

  async begin(newsletter: NewNewsletter, planner: PlannerClaim): Promise<Begun> {
    return this.#atomically(() => {
      const { id, key, ...call } = newsletter;
      const now = this.#now();
      this.#run(
        "INSERT INTO newsletters (id, key, call, state, created_at) VALUES (?, ?, ?, 'running', ?) ON CONFLICT (key) DO NOTHING",
        [id, key, JSON.stringify(call), now],
      );
      this.#run(
        `UPDATE newsletters SET planner_token = ?, planner_since = ?, planner_until = ?
         WHERE key = ? AND state <> 'cancelled' AND (planner_until IS NULL OR planner_until < ?)`,
        [planner.token, now, now + planner.leaseMs, key, now],
      );
      const [row] = this.#database
        .prepare<Value[], NewsletterRow>("SELECT * FROM newsletters WHERE key = ?")
        .all(key);
      if (row === undefined) throw new Error("SQLite did not keep a newsletter.");
      const record = toNewsletter(row);
      if (row.planner_token === planner.token) return { record, turn: "mine" };
      if (row.state === "cancelled") return { record, turn: "cancelled" };
      return { record, turn: "taken", since: new Date(row.planner_since ?? now) };
    });
  }

  async renewPlanner(id: string, { token, leaseMs }: PlannerClaim): Promise<boolean> {
    const sql =
      "UPDATE newsletters SET planner_until = ? WHERE id = ? AND planner_token = ? AND state <> 'cancelled'";
    return (await this.#write(sql, [this.#now() + leaseMs, id, token])) > 0;
  }

  async releasePlanner(id: string, token: string): Promise<void> {
    const sql = `UPDATE newsletters SET planner_token = NULL, planner_since = NULL, planner_until = NULL
                 WHERE id = ? AND planner_token = ?`;
    await this.#write(sql, [id, token]);
  }

  async addChunk({ id, newsletter, number, recipients, identities }: Chunk): Promise<boolean> {
    const values = [id, newsletter, number, JSON.stringify(recipients), JSON.stringify(identities)];
    const sql = `INSERT INTO newsletter_chunks (id, newsletter, number, recipients, identities) VALUES (?, ?, ?, ?, ?)
                 ON CONFLICT DO NOTHING`;
    return (await this.#write(sql, values)) > 0;
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
    return (
      (await this.#write(sql, [chunks, recipients, duplicates, refused, planned ? 1 : 0, id, token])) > 0
    );
  }

  async addRefusals(id: string, refusals: readonly Refusal[]): Promise<void> {
    await this.#atomically(() => {
      const sql =
        "INSERT OR REPLACE INTO newsletter_refusals (newsletter, row_number, problem) VALUES (?, ?, ?)";
      for (const { row, problem } of refusals) this.#run(sql, [id, row, problem]);
    });
  }

  async clearRefusals(id: string): Promise<void> {
    await this.#write("DELETE FROM newsletter_refusals WHERE newsletter = ?", [id]);
  }

  async *refusals(id: string): AsyncGenerator<Refusal> {
    const sql = `SELECT row_number AS row, problem FROM newsletter_refusals WHERE newsletter = ? AND row_number > ?
                 ORDER BY row_number LIMIT ${PAGE}`;
    for (let after = 0; ; ) {
      const page = await this.#all<Refusal>(sql, [id, after]);
      yield* page;
      if (page.length < PAGE) return;
      after = page.at(-1)?.row ?? after;
    }
  }

  async chunk(id: string): Promise<Chunk | undefined> {
    const [row] = await this.#all<ChunkRow>("SELECT * FROM newsletter_chunks WHERE id = ?", [id]);
    return row && toChunk(row);
  }

  async *chunks(id: string): AsyncGenerator<Chunk & { complete: boolean }> {
    const sql = `SELECT chunk.*, coalesce(state.complete, 0) AS complete
                 FROM newsletter_chunks chunk LEFT JOIN newsletter_chunk_states state ON state.id = chunk.id
                 WHERE chunk.newsletter = ? AND chunk.number = ?`;
    for (let number = 0; ; number++) {
      const [row] = await this.#all<ChunkRow & { complete: number }>(sql, [id, number]);
      if (row === undefined) return;
      const { complete, ...chunk } = row;
      yield { ...toChunk(chunk), complete: complete === 1 };
    }
  }

  async take({ id, newsletter, recipients }: Chunk, token: string): Promise<Taken> {
    return this.#atomically(() => {
      const row = this.#database
        .prepare<[string], { token: string; outcomes: Uint8Array }>(
          "SELECT token, outcomes FROM newsletter_chunk_states WHERE id = ?",
        )
        .get(id);
      const outcomes = Uint8Array.from(row?.outcomes ?? new Uint8Array(recipients.length));
      const sql = `INSERT INTO newsletter_chunk_states (id, newsletter, token, outcomes) VALUES (?, ?, ?, ?)
                   ON CONFLICT (id) DO UPDATE SET token = excluded.token`;
      this.#run(sql, [id, newsletter, token, outcomes]);
      return row ? { outcomes, previous: row.token } : { outcomes };
    });
  }

  async record(chunk: string, token: string, { outcomes, notes, complete }: ChunkProgress): Promise<boolean> {
    return this.#atomically(() => {
      const sql = "UPDATE newsletter_chunk_states SET outcomes = ?, complete = ? WHERE id = ? AND token = ?";
      if (this.#run(sql, [outcomes, complete ? 1 : 0, chunk, token]) === 0) return false;
      const note = `INSERT OR REPLACE INTO newsletter_notes (chunk, recipient, outcome, code, response) VALUES (?, ?, ?, ?, ?)`;
      for (const { index, outcome, code, response } of notes)
        this.#run(note, [chunk, index, outcome, code ?? null, response]);
      return true;
    });
  }

  async find(idOrKey: string): Promise<NewsletterRecord | undefined> {
    return retryWhileBusy(this.#database, () => this.#row(idOrKey));
  }

  async running(): Promise<readonly NewsletterRecord[]> {
    const sql = "SELECT * FROM newsletters WHERE state = 'running' ORDER BY created_at, id";
    return (await this.#all<NewsletterRow>(sql, [])).map(toNewsletter);
  }

  async isBeingPlanned(id: string): Promise<boolean> {
    const sql = "SELECT 1 FROM newsletters WHERE id = ? AND planned = 0 AND planner_until >= ?";
    return (await this.#all(sql, [id, this.#now()])).length > 0;
  }

  async countIncomplete(id: string): Promise<number> {
    const sql = `SELECT (SELECT chunks FROM newsletters WHERE id = ?)
                   - (SELECT count(*) FROM newsletter_chunk_states WHERE newsletter = ? AND complete = 1) AS count`;
    const [row] = await this.#all<{ count: number }>(sql, [id, id]);
    return row?.count ?? 0;
  }

  async incomplete(id: string): Promise<readonly string[]> {
    const [chunks, complete] = await Promise.all([
      this.#all<{ number: number }>(
        `SELECT number FROM newsletter_chunks
         WHERE newsletter = ? AND number < (SELECT chunks FROM newsletters WHERE id = ?) ORDER BY number`,
        [id, id],
      ),
      this.#all<{ id: string }>(
        "SELECT id FROM newsletter_chunk_states WHERE newsletter = ? AND complete = 1",
        [id],
      ),
    ]);
    const done = new Set(complete.map((state) => state.id));
    return chunks.map(({ number }) => chunkId(id, number)).filter((chunk) => !done.has(chunk));
  }

  async reopen(chunk: string, outcomes: readonly ReportedOutcome[]): Promise<number> {
    return this.#atomically(() => {
      const row = this.#database
        .prepare<[string], { outcomes: Uint8Array }>(
          "SELECT outcomes FROM newsletter_chunk_states WHERE id = ? AND complete = 1",
        )
        .get(chunk);
      const { bytes, count } = reopened(row?.outcomes ?? new Uint8Array(), outcomes);
      const sql = "UPDATE newsletter_chunk_states SET outcomes = ?, complete = 0, token = '' WHERE id = ?";
      if (count > 0) this.#run(sql, [bytes, chunk]);
      return count;
    });
  }

  async list(): Promise<readonly NewsletterRecord[]> {
    const sql = "SELECT * FROM newsletters ORDER BY created_at DESC, id DESC";
    return (await this.#all<NewsletterRow>(sql, [])).map(toNewsletter);
  }

  async counts(id: string): Promise<OutcomeCounts> {
    const sql = "SELECT outcomes FROM newsletter_chunk_states WHERE newsletter = ?";
    const rows = await this.#all<{ outcomes: Uint8Array }>(sql, [id]);
    return rows.map(({ outcomes }) => countOutcomes(outcomes)).reduce(addCounts, NO_COUNTS);
  }

  async setState(id: string, state: NewsletterState, from: readonly NewsletterState[]): Promise<boolean> {
    const sql = `UPDATE newsletters SET state = ?, finished_at = NULL
                 WHERE id = ? AND state IN (SELECT value FROM json_each(?))`;
    return (await this.#write(sql, [state, id, JSON.stringify(from)])) > 0;
  }

  async finish(id: string): Promise<boolean> {
    const sql = `UPDATE newsletters SET state = 'finished', finished_at = ? WHERE id = ? AND state = 'running' AND planned = 1
                 AND chunks = (SELECT count(*) FROM newsletter_chunk_states WHERE newsletter = ? AND complete = 1)`;
    return (await this.#write(sql, [this.#now(), id, id])) > 0;
  }

  async *failures(id: string): AsyncGenerator<RecipientFailure> {
    for await (const chunk of this.chunks(id)) yield* this.#failuresOf(chunk);
  }

  /** Where a note is older than the outcome, only the outcome is told. */
  async *#failuresOf(chunk: Chunk): AsyncGenerator<RecipientFailure> {
    const [state] = await this.#all<{ outcomes: Uint8Array }>(
      "SELECT outcomes FROM newsletter_chunk_states WHERE id = ?",
      [chunk.id],
    );
    const sql = "SELECT recipient, outcome, code, response FROM newsletter_notes WHERE chunk = ?";
    const rows = await this.#all<NoteRow>(sql, [chunk.id]);
    const notes = new Map(rows.map((note) => [note.recipient, note]));
    for (const [index, byte] of (state?.outcomes ?? []).entries()) {
      const outcome = reportedAs(outcomeOf(byte));
      if (outcome === "pending" || outcome === "sent") continue;
      const { code, response } = notes.get(index) ?? { code: null, response: "" };
      const recipient = chunk.identities[index] ?? "";
      yield { recipient, outcome, response, ...(code !== null && { code }) };
    }
  }

  #row(idOrKey: string): NewsletterRecord | undefined {
    const sql = "SELECT * FROM newsletters WHERE id = ? OR key = ?";
    const row = this.#database.prepare<Value[], NewsletterRow>(sql).get(idOrKey, idOrKey);
    return row && toNewsletter(row);
  }

  /** @returns how many rows changed */
  #run(sql: string, values: readonly Value[]): number {
    return this.#database.prepare<Value[]>(sql).run(...values).changes;
  }

  #all<R>(sql: string, values: readonly Value[]): Promise<readonly R[]> {
    return retryWhileBusy(this.#database, () => this.#database.prepare<Value[], R>(sql).all(...values));
  }

  /** @returns how many rows changed */
  #write(sql: string, values: readonly Value[]): Promise<number> {
    return retryWhileBusy(this.#database, () => this.#run(sql, values));
  }

  #atomically<T>(run: () => T): Promise<T> {
    const transaction = this.#database.transaction(run);
    return retryWhileBusy(this.#database, () => transaction.immediate());
  }
}

interface NoteRow {
  readonly recipient: number;
  readonly outcome: string;
  readonly code: number | null;
  readonly response: string;
}
