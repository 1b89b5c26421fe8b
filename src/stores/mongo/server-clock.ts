import type { Connection } from "mongoose";

/**
 * The server's clock, as far as this process knows it: read by `hello`, again at every heartbeat, and told on by a clock that nobody
 * sets. Where an answer took long, all that is known is that the server read its clock while it was under way: this clock is then
 * put right by no more than that shows, so that it is never ahead by what a slow network or a paused process takes.
 */
export class ServerClock {
  readonly #connection: Connection;
  /** The server's time at `performance.now()` 0. */
  #origin = Number.NaN;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  now(): Date {
    return new Date(this.#isMeasured ? this.#origin + performance.now() : Date.now());
  }

  /** How far the server's clock is ahead of ours, in ms. */
  get offset(): number {
    return this.#isMeasured ? this.#origin + performance.now() - Date.now() : 0;
  }

  async measure(): Promise<void> {
    const before = performance.now();
    const { localTime } = (await this.#connection.db?.admin().command({ hello: 1 })) ?? {};
    const after = performance.now();
    if (!(localTime instanceof Date)) return;
    const [earliest, latest] = [localTime.getTime() - after, localTime.getTime() - before];
    const known = this.#isMeasured ? this.#origin : earliest;
    this.#origin = Math.min(latest, Math.max(earliest, known));
  }

  /** Measures again where the server answers; what it did before is to be told in any case. */
  async refresh(): Promise<void> {
    await this.measure().catch(() => undefined);
  }

  get #isMeasured(): boolean {
    return !Number.isNaN(this.#origin);
  }
}
