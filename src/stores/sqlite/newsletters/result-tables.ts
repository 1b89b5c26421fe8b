import type {
  Answered,
  Chunk,
  ChunkProgress,
  ChunkResults,
  Taken,
} from "../../../newsletters/newsletter-store.ts";
import {
  addCounts,
  countOutcomes,
  NO_COUNTS,
  type OutcomeCounts,
  type ReportedOutcome,
  reopened,
} from "../../../newsletters/outcome.ts";
import type { Tables } from "./tables.ts";

/** What the senders of chunks write: what became of every recipient, and what was answered. */
export class ResultTables {
  readonly #tables: Tables;
  readonly #now: () => number;

  constructor(tables: Tables, now: () => number) {
    this.#tables = tables;
    this.#now = now;
  }

  take({ id, newsletter, recipients }: Chunk, token: string): Promise<Taken> {
    return this.#tables.atomically(() => {
      const row = this.#tables.get<{ token: string; outcomes: Uint8Array }>(
        "SELECT token, outcomes FROM newsletter_chunk_states WHERE id = ?",
        [id],
      );
      const outcomes = Uint8Array.from(row?.outcomes ?? new Uint8Array(recipients.length));
      const sql = `INSERT INTO newsletter_chunk_states (id, newsletter, token, outcomes) VALUES (?, ?, ?, ?)
                   ON CONFLICT (id) DO UPDATE SET token = excluded.token`;
      this.#tables.run(sql, [id, newsletter, token, outcomes]);
      return row ? { outcomes, previous: row.token } : { outcomes };
    });
  }

  record(chunk: string, token: string, { outcomes, answers, complete }: ChunkProgress): Promise<boolean> {
    return this.#tables.atomically(() => {
      const sql = "UPDATE newsletter_chunk_states SET outcomes = ?, complete = ? WHERE id = ? AND token = ?";
      if (this.#tables.run(sql, [outcomes, complete ? 1 : 0, chunk, token]) === 0) return false;
      if (answers && answers.count > 0)
        this.#tables.run(
          `INSERT INTO newsletter_answers (chunk, newsletter, at, count, answers)
           SELECT id, newsletter, ?, ?, ? FROM newsletter_chunk_states WHERE id = ?`,
          [this.#now(), answers.count, answers.bytes, chunk],
        );
      return true;
    });
  }

  /** Reopens complete chunks only. It takes the chunk's token away, so that a second reopening finds nothing. */
  reopen(chunk: string, outcomes: readonly ReportedOutcome[]): Promise<number> {
    return this.#tables.atomically(() => {
      const row = this.#tables.get<{ outcomes: Uint8Array }>(
        "SELECT outcomes FROM newsletter_chunk_states WHERE id = ? AND complete = 1",
        [chunk],
      );
      const { bytes, count } = reopened(row?.outcomes ?? new Uint8Array(), outcomes);
      const sql = "UPDATE newsletter_chunk_states SET outcomes = ?, complete = 0, token = '' WHERE id = ?";
      if (count > 0) this.#tables.run(sql, [bytes, chunk]);
      return count;
    });
  }

  async results(chunk: string): Promise<ChunkResults> {
    const [[state], answers] = await Promise.all([
      this.#tables.all<{ outcomes: Uint8Array }>(
        "SELECT outcomes FROM newsletter_chunk_states WHERE id = ?",
        [chunk],
      ),
      this.#tables.all<{ answers: Uint8Array }>(
        "SELECT answers FROM newsletter_answers WHERE chunk = ? ORDER BY number",
        [chunk],
      ),
    ]);
    return { outcomes: state?.outcomes ?? new Uint8Array(), answers: answers.map((row) => row.answers) };
  }

  async rewriteAnswers(chunk: string, before: Uint8Array, after: Uint8Array): Promise<void> {
    const sql = "UPDATE newsletter_answers SET answers = ? WHERE chunk = ? AND answers = ?";
    await this.#tables.write(sql, [after, chunk, before]);
  }

  async answeredWithin(newsletter: string, ms: number): Promise<Answered> {
    const now = this.#now();
    const sql = `SELECT coalesce(sum(count), 0) AS count, coalesce(min(at), ?) AS first
                 FROM newsletter_answers WHERE newsletter = ? AND at > ?`;
    const [row] = await this.#tables.all<{ count: number; first: number }>(sql, [now, newsletter, now - ms]);
    return { count: row?.count ?? 0, ms: now - (row?.first ?? now) };
  }

  async counts(newsletter: string): Promise<OutcomeCounts> {
    const sql = "SELECT outcomes FROM newsletter_chunk_states WHERE newsletter = ?";
    const rows = await this.#tables.all<{ outcomes: Uint8Array }>(sql, [newsletter]);
    return rows.map(({ outcomes }) => countOutcomes(outcomes)).reduce(addCounts, NO_COUNTS);
  }

  async countIncomplete(id: string): Promise<number> {
    const sql = `SELECT (SELECT chunks FROM newsletters WHERE id = ?)
                   - (SELECT count(*) FROM newsletter_chunk_states WHERE newsletter = ? AND complete = 1) AS count`;
    const [row] = await this.#tables.all<{ count: number }>(sql, [id, id]);
    return row?.count ?? 0;
  }
}
