import type { NewsletterState } from "../../../jobs/newsletter.ts";
import {
  type LastPause,
  type NewsletterPageRequest,
  type NewsletterRecord,
  rehearsalKeys,
} from "../../../newsletters/newsletter-store.ts";
import { type NewsletterRow, toNewsletter } from "./newsletter-rows.ts";
import type { Tables } from "./tables.ts";

/** Which newsletters there are, and the states they are in. */
export class NewsletterTable {
  readonly #tables: Tables;
  readonly #now: () => number;

  constructor(tables: Tables, now: () => number) {
    this.#tables = tables;
    this.#now = now;
  }

  async find(idOrKey: string): Promise<NewsletterRecord | undefined> {
    const sql = "SELECT * FROM newsletters WHERE id = ? OR key = ?";
    return (await this.#select(sql, [idOrKey, idOrKey]))[0];
  }

  running(): Promise<readonly NewsletterRecord[]> {
    return this.#select("SELECT * FROM newsletters WHERE state = 'running' ORDER BY created_at, id", []);
  }

  list(): Promise<readonly NewsletterRecord[]> {
    return this.#select("SELECT * FROM newsletters ORDER BY created_at DESC, id DESC", []);
  }

  page({ after, limit, rehearsalsOf }: NewsletterPageRequest): Promise<readonly NewsletterRecord[]> {
    if (rehearsalsOf !== undefined) return this.#rehearsals(rehearsalsOf, limit);
    const beyond = after === undefined ? "" : "WHERE id < ?";
    const sql = `SELECT * FROM newsletters ${beyond} ORDER BY id DESC LIMIT ?`;
    return this.#select(sql, after === undefined ? [limit] : [after, limit]);
  }

  #rehearsals(key: string, limit: number): Promise<readonly NewsletterRecord[]> {
    const { from, to } = rehearsalKeys(key);
    const sql = `SELECT * FROM newsletters WHERE key >= ? AND key < ? AND json_extract(call, '$.rehearsal') = 1
                 ORDER BY id DESC LIMIT ?`;
    return this.#select(sql, [from, to, limit]);
  }

  async setState(id: string, state: NewsletterState, from: readonly NewsletterState[]): Promise<boolean> {
    const sql = `UPDATE newsletters SET state = ?, finished_at = ?,
                   last_pause = iif(? = 'paused', json_remove(last_pause, '$.because'), last_pause)
                 WHERE id = ? AND state IN (SELECT value FROM json_each(?))`;
    const endedAt = state === "cancelled" ? this.#now() : null;
    return (await this.#tables.write(sql, [state, endedAt, state, id, JSON.stringify(from)])) > 0;
  }

  async pauseBecause(id: string, why: LastPause): Promise<boolean> {
    const sql = "UPDATE newsletters SET state = 'paused', last_pause = ? WHERE id = ? AND state = 'running'";
    return (await this.#tables.write(sql, [JSON.stringify(why), id])) > 0;
  }

  async finish(id: string): Promise<boolean> {
    const sql = `UPDATE newsletters SET state = 'finished', finished_at = ? WHERE id = ? AND state = 'running' AND planned = 1
                 AND chunks = (SELECT count(*) FROM newsletter_chunk_states WHERE newsletter = ? AND complete = 1)`;
    return (await this.#tables.write(sql, [this.#now(), id, id])) > 0;
  }

  async endedBefore(ms: number): Promise<readonly string[]> {
    const sql = `SELECT id FROM newsletters WHERE state IN ('finished', 'cancelled') AND finished_at < ?
                 ORDER BY finished_at`;
    const rows = await this.#tables.all<{ id: string }>(sql, [this.#now() - ms]);
    return rows.map(({ id }) => id);
  }

  /** What refers to it goes with it. */
  async remove(id: string): Promise<boolean> {
    const sql = "DELETE FROM newsletters WHERE id = ? AND state IN ('finished', 'cancelled')";
    return (await this.#tables.write(sql, [id])) > 0;
  }

  async #select(sql: string, values: readonly (string | number)[]): Promise<readonly NewsletterRecord[]> {
    return (await this.#tables.all<NewsletterRow>(sql, values)).map(toNewsletter);
  }
}
