import type { BroadcastState } from "../../broadcasting.ts";
import type {
  BroadcastLedger,
  BroadcastRecord,
  Chunk,
  ChunkProgress,
  NewBroadcast,
  PlannerClaim,
  PlanTotals,
  RecipientFailure,
  Refusal,
} from "../../newsletters/ledger.ts";
import {
  addCounts,
  byteOf,
  countOutcomes,
  NO_COUNTS,
  type OutcomeCounts,
  outcomeOf,
} from "../../newsletters/outcome.ts";
import { type BroadcastRow, type ChunkRow, toBroadcast, toChunk } from "./broadcast-rows.ts";
import { BROADCAST_SCHEMA } from "./broadcast-schema.ts";
import type { Database } from "./database.ts";
import type { Value } from "./driver.ts";
import { migrate } from "./migrate.ts";
import { whenFree } from "./when-free.ts";

const PAGE = 100;

/** What is known of newsletters, in the same SQLite file as the jobs. */
export class SqliteBroadcastLedger implements BroadcastLedger {
  readonly #database: Database;
  readonly #now: () => number;

  /** @throws StoreError */
  constructor(database: Database, { now = Date.now }: { now?: () => number } = {}) {
    migrate(database, "broadcasts", BROADCAST_SCHEMA);
    this.#database = database;
    this.#now = now;
  }

  async begin(
    broadcast: NewBroadcast,
    planner: PlannerClaim,
  ): Promise<{ record: BroadcastRecord; mine: boolean }> {
    return this.#atomically(() => {
      const { id, key, ...call } = broadcast;
      this.#run(
        "INSERT INTO broadcasts (id, key, call, state, created_at) VALUES (?, ?, ?, 'running', ?) ON CONFLICT (key) DO NOTHING",
        [id, key, JSON.stringify(call), this.#now()],
      );
      const mine = this.#run(
        `UPDATE broadcasts SET planner_token = ?, planner_until = ?
         WHERE key = ? AND planned = 0 AND state <> 'cancelled' AND (planner_until IS NULL OR planner_until < ?)`,
        [planner.token, this.#now() + planner.leaseMs, key, this.#now()],
      );
      const record = this.#row(key);
      if (record === undefined) throw new Error("SQLite did not keep a broadcast.");
      return { record, mine: mine > 0 };
    });
  }

  async addChunk({ id, broadcast, number, recipients, identities }: Chunk): Promise<boolean> {
    const values = [id, broadcast, number, JSON.stringify(recipients), JSON.stringify(identities)];
    const sql = `INSERT INTO broadcast_chunks (id, broadcast, number, recipients, identities) VALUES (?, ?, ?, ?, ?)
                 ON CONFLICT DO NOTHING`;
    return (await this.#write(sql, values)) > 0;
  }

  async plan(
    id: string,
    { token, leaseMs }: PlannerClaim,
    totals: PlanTotals & { planned: boolean },
  ): Promise<boolean> {
    const { chunks, recipients, duplicates, refused, planned } = totals;
    const sql = `UPDATE broadcasts SET chunks = ?, recipients = ?, duplicates = ?, refused = ?, planned = ?, planner_until = ?
                 WHERE id = ? AND planner_token = ? AND state <> 'cancelled'`;
    const until = this.#now() + leaseMs;
    const values = [chunks, recipients, duplicates, refused, planned ? 1 : 0, until, id, token];
    return (await this.#write(sql, values)) > 0;
  }

  async addRefusals(id: string, refusals: readonly Refusal[]): Promise<void> {
    await this.#atomically(() => {
      const sql =
        "INSERT OR REPLACE INTO broadcast_refusals (broadcast, row_number, problem) VALUES (?, ?, ?)";
      for (const { row, problem } of refusals) this.#run(sql, [id, row, problem]);
    });
  }

  async *refusals(id: string): AsyncGenerator<Refusal> {
    const sql = `SELECT row_number AS row, problem FROM broadcast_refusals WHERE broadcast = ? AND row_number > ?
                 ORDER BY row_number LIMIT ${PAGE}`;
    for (let after = 0; ; ) {
      const page = await this.#all<Refusal>(sql, [id, after]);
      yield* page;
      if (page.length < PAGE) return;
      after = page.at(-1)?.row ?? after;
    }
  }

  async chunk(chunkId: string): Promise<Chunk | undefined> {
    const [row] = await this.#all<ChunkRow>("SELECT * FROM broadcast_chunks WHERE id = ?", [chunkId]);
    return row && toChunk(row);
  }

  async *chunks(id: string): AsyncGenerator<Chunk & { complete: boolean }> {
    const sql = `SELECT chunk.*, coalesce(state.complete, 0) AS complete
                 FROM broadcast_chunks chunk LEFT JOIN broadcast_chunk_states state ON state.id = chunk.id
                 WHERE chunk.broadcast = ? AND chunk.number = ?`;
    for (let number = 0; ; number++) {
      const [row] = await this.#all<ChunkRow & { complete: number }>(sql, [id, number]);
      if (row === undefined) return;
      const { complete, ...chunk } = row;
      yield { ...toChunk(chunk), complete: complete === 1 };
    }
  }

  async take({ id, broadcast, recipients }: Chunk, token: string): Promise<Uint8Array> {
    const sql = `INSERT INTO broadcast_chunk_states (id, broadcast, token, outcomes) VALUES (?, ?, ?, ?)
                 ON CONFLICT (id) DO UPDATE SET token = excluded.token RETURNING outcomes`;
    const [row] = await this.#all<{ outcomes: Uint8Array }>(sql, [
      id,
      broadcast,
      token,
      new Uint8Array(recipients.length),
    ]);
    return Uint8Array.from(row?.outcomes ?? []);
  }

  async record(
    chunkId: string,
    token: string,
    { outcomes, notes, complete }: ChunkProgress,
  ): Promise<boolean> {
    return this.#atomically(() => {
      const sql = "UPDATE broadcast_chunk_states SET outcomes = ?, complete = ? WHERE id = ? AND token = ?";
      if (this.#run(sql, [outcomes, complete ? 1 : 0, chunkId, token]) === 0) return false;
      const note = `INSERT OR REPLACE INTO broadcast_notes (chunk, recipient, outcome, code, response) VALUES (?, ?, ?, ?, ?)`;
      for (const { index, outcome, code, response } of notes)
        this.#run(note, [chunkId, index, outcome, code ?? null, response]);
      return true;
    });
  }

  async find(idOrKey: string): Promise<BroadcastRecord | undefined> {
    return whenFree(this.#database, () => this.#row(idOrKey));
  }

  async list(): Promise<readonly BroadcastRecord[]> {
    const sql = "SELECT * FROM broadcasts ORDER BY created_at DESC, id DESC";
    return (await this.#all<BroadcastRow>(sql, [])).map(toBroadcast);
  }

  async counts(id: string): Promise<OutcomeCounts> {
    const sql = "SELECT outcomes FROM broadcast_chunk_states WHERE broadcast = ?";
    const rows = await this.#all<{ outcomes: Uint8Array }>(sql, [id]);
    return rows.map(({ outcomes }) => countOutcomes(outcomes)).reduce(addCounts, NO_COUNTS);
  }

  async setState(id: string, state: BroadcastState, from: readonly BroadcastState[]): Promise<boolean> {
    const sql = "UPDATE broadcasts SET state = ? WHERE id = ? AND state IN (SELECT value FROM json_each(?))";
    return (await this.#write(sql, [state, id, JSON.stringify(from)])) > 0;
  }

  async finish(id: string): Promise<boolean> {
    const sql = `UPDATE broadcasts SET state = 'finished', finished_at = ? WHERE id = ? AND state = 'running' AND planned = 1
                 AND chunks = (SELECT count(*) FROM broadcast_chunk_states WHERE broadcast = ? AND complete = 1)`;
    return (await this.#write(sql, [this.#now(), id, id])) > 0;
  }

  async *failures(id: string): AsyncGenerator<RecipientFailure> {
    for await (const chunk of this.chunks(id)) yield* this.#failuresOf(chunk);
  }

  /** Where a note is older than the outcome, only the outcome is told. */
  async *#failuresOf(chunk: Chunk): AsyncGenerator<RecipientFailure> {
    const [state] = await this.#all<{ outcomes: Uint8Array }>(
      "SELECT outcomes FROM broadcast_chunk_states WHERE id = ?",
      [chunk.id],
    );
    const sql = "SELECT recipient, outcome, code, response FROM broadcast_notes WHERE chunk = ?";
    const rows = await this.#all<NoteRow>(sql, [chunk.id]);
    const notes = new Map(rows.map((note) => [note.recipient, note]));
    for (const [index, byte] of (state?.outcomes ?? []).entries()) {
      if (byte === byteOf("pending") || byte === byteOf("attempted") || byte === byteOf("sent")) continue;
      const { code, response } = notes.get(index) ?? { code: null, response: "" };
      const recipient = chunk.identities[index] ?? "";
      yield { recipient, outcome: outcomeOf(byte), response, ...(code !== null && { code }) };
    }
  }

  #row(idOrKey: string): BroadcastRecord | undefined {
    const sql = "SELECT * FROM broadcasts WHERE id = ? OR key = ?";
    const row = this.#database.prepare<Value[], BroadcastRow>(sql).get(idOrKey, idOrKey);
    return row && toBroadcast(row);
  }

  /** @returns how many rows changed */
  #run(sql: string, values: readonly Value[]): number {
    return this.#database.prepare<Value[]>(sql).run(...values).changes;
  }

  #all<R>(sql: string, values: readonly Value[]): Promise<readonly R[]> {
    return whenFree(this.#database, () => this.#database.prepare<Value[], R>(sql).all(...values));
  }

  /** @returns how many rows changed */
  #write(sql: string, values: readonly Value[]): Promise<number> {
    return whenFree(this.#database, () => this.#run(sql, values));
  }

  #atomically<T>(run: () => T): Promise<T> {
    const transaction = this.#database.transaction(run);
    return whenFree(this.#database, () => transaction.immediate());
  }
}

interface NoteRow {
  readonly recipient: number;
  readonly outcome: string;
  readonly code: number | null;
  readonly response: string;
}
