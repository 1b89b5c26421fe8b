import type { RenderedMail } from "../../mail/mail.ts";
import type { RateStore } from "../rates/rate-store.ts";
import type { Outcome, SendOptions, Transport, VerifyOptions } from "../transport.ts";
import { Days, daysBetween } from "./days.ts";

/** How a new sending address gets known: so many mails on the first day, so many on the second. After the last of them there is no limit. */
export interface WarmUp {
  /** The first day, "2026-12-01". Before it the first volume holds. */
  readonly from: string;
  /** Of each day, one after another. */
  readonly volumes: readonly number[];
  /** In which a day begins. */
  readonly timeZone: string;
  /** `bulk`: newsletters wait for the next day; other mail is counted and goes out. `all`: every mail waits. */
  readonly holds: "bulk" | "all";
}

export interface WarmUpOptions {
  readonly warmUp: WarmUp;
  readonly ledger: Pick<RateStore, "draw">;
  /** The same in all processes. */
  readonly key: string;
  /** For what is said of mails that wait. */
  readonly name: string;
  /** The time in ms since 1970. @default Date.now */
  readonly now?: () => number;
}

interface Today {
  readonly day: string;
  /** Undefined when the warm-up is over. */
  readonly volume: number | undefined;
  /** When the next day begins, in ms since 1970. */
  readonly until: number;
}

/** One process draws so much of a day's volume ahead. */
const AHEAD = 1 / 200;
const NO_LIMIT = 1_000_000_000;
/** After the store did not answer, in ms. */
const AWAY_MS = 5_000;
/** Other processes may give back what they did not use, so it is worth to look again, in ms. */
const LOOK_AGAIN_MS = 60_000;

/** Sends through another transport no more on each day than its warm-up says, together with all processes. */
export class WarmUpTransport implements Transport {
  readonly #transport: Transport;
  readonly #options: WarmUpOptions;
  readonly #now: () => number;
  readonly #days: Days;
  #today: Today;
  /** Drawn and not used. */
  #spare = 0;
  #waiting = 0;
  #drawing: Promise<void> | undefined;
  #emptyUntil = 0;

  constructor(transport: Transport, options: WarmUpOptions) {
    const { warmUp, now = Date.now } = options;
    this.#transport = transport;
    this.#options = options;
    this.#now = now;
    this.#days = new Days(warmUp.timeZone);
    this.#today = this.#dayOf(now());
  }

  get name(): string {
    return this.#transport.name;
  }

  get connections(): number {
    return this.#transport.connections;
  }

  async send(mail: RenderedMail, options: SendOptions = {}): Promise<Outcome> {
    const { volume, day } = this.#current();
    if (volume === undefined) return this.#transport.send(mail, options);
    const isHeld = options.bulk === true || this.#options.warmUp.holds === "all";
    const error = await this.#take(volume, isHeld);
    if (error !== undefined) return this.#refusal(error);
    const outcome = await this.#transport.send(mail, options);
    if (outcome.class !== "sent" && outcome.class !== "unknown") this.#giveBack(day);
    return outcome;
  }

  verify(options?: VerifyOptions): Promise<void> {
    return this.#transport.verify(options);
  }

  async close(): Promise<void> {
    await this.#transport.close();
    await this.#drawing?.catch(() => undefined);
    const { day: period } = this.#today;
    const wanted = -this.#spare;
    this.#spare = 0;
    // What cannot be given back is lost to the day, and to nothing else.
    if (wanted < 0) await this.#draw({ period, wanted, limit: NO_LIMIT }).catch(() => undefined);
  }

  #current(): Today {
    const now = this.#now();
    // Where the clock was put back, the day goes on: it was begun.
    if (now < this.#today.until) return this.#today;
    this.#today = this.#dayOf(now);
    this.#spare = 0;
    this.#emptyUntil = 0;
    return this.#today;
  }

  #dayOf(now: number): Today {
    const { from, volumes } = this.#options.warmUp;
    const day = this.#days.of(now);
    return { day, volume: volumes[Math.max(0, daysBetween(from, day))], until: this.#days.next(now) };
  }

  /** @returns why there is none */
  async #take(volume: number, isHeld: boolean): Promise<string | undefined> {
    if (this.#spare > 0) {
      this.#spare -= 1;
      return undefined;
    }
    if (!isHeld) {
      const { day: period } = this.#today;
      // Its count is of use to others; the mail does not wait for it.
      void this.#draw({ period, wanted: 1, limit: NO_LIMIT }).catch(() => undefined);
      return undefined;
    }
    if (this.#now() < this.#emptyUntil) return USED_UP;
    return this.#drawMore(volume);
  }

  async #drawMore(volume: number): Promise<string | undefined> {
    this.#waiting += 1;
    try {
      // One that is being drawn may have been meant for others.
      while (this.#spare === 0 && this.#now() >= this.#emptyUntil) {
        this.#drawing ??= this.#ask(volume).finally(() => {
          this.#drawing = undefined;
        });
        await this.#drawing;
      }
      if (this.#spare === 0) return USED_UP;
      this.#spare -= 1;
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      this.#waiting -= 1;
    }
  }

  /** @throws StoreError */
  async #ask(limit: number): Promise<void> {
    // All who come in the same turn of the event loop are drawn for together.
    await Promise.resolve();
    const { day: period } = this.#today;
    const wanted = this.#waiting + Math.floor(limit * AHEAD);
    const drawn = await this.#draw({ period, wanted, limit });
    if (period !== this.#today.day) return;
    this.#spare += drawn;
    if (drawn < this.#waiting) this.#emptyUntil = this.#now() + LOOK_AGAIN_MS;
  }

  #draw(draw: { readonly period: string; readonly wanted: number; readonly limit: number }): Promise<number> {
    return this.#options.ledger.draw(`warm-up of ${this.#options.key}`, draw);
  }

  #giveBack(day: string): void {
    if (day === this.#today.day) this.#spare += 1;
  }

  #refusal(problem: string): Outcome {
    const { name, warmUp } = this.#options;
    const { day, volume, until } = this.#today;
    const refused = {
      class: "throttled",
      accepted: [],
      refused: [],
      ownLimit: true,
      isUsedUp: true,
    } as const;
    if (problem !== USED_UP)
      return {
        ...refused,
        response: `The warm-up of ${name} cannot be asked for: ${problem}`,
        retryAfter: AWAY_MS,
      };
    const next = new Date(until).toISOString().replace(/\.\d+Z$/, "Z");
    const response =
      `The warm-up of ${name} allows ${volume} mails on ${day}, and they are sent: it goes on at ${next}, ` +
      `when the next day begins in ${warmUp.timeZone}`;
    return { ...refused, response, retryAfter: Math.max(1_000, until - this.#now()) };
  }
}

const USED_UP = "used up";
