import { type Rate, slotsOf } from "../../jobs/rate.ts";
import { AdaptivePace } from "../adaptive-pace.ts";
import { RateLimiter } from "../rates/rate-limiter.ts";
import type { RateStore } from "../rates/rate-store.ts";
import { Permits } from "./permits.ts";
import { ReturnQueue } from "./return-queue.ts";

/** What one mail provider may be sent at most, by all processes together. */
export interface ProviderLimit {
  readonly rate?: Rate;
  /** Mails on the wire at once. */
  readonly connections?: number;
}

export interface ProviderGateOptions {
  readonly limit: ProviderLimit;
  readonly ledger: RateStore;
  /** What is limited, the same in all processes. */
  readonly key: string;
  /** Unique to this process. */
  readonly holder: string;
  /** Told when the provider begins to be sent to more slowly, because of what it said. */
  readonly onSlowed: (slowed: {
    readonly restMs: number;
    readonly pace?: number;
    readonly reason: string;
  }) => void;
  /** Told when it is sent to as ever again. @param ms since it began */
  readonly onRecovered: (ms: number) => void;
  /** A clock in ms that never jumps. */
  readonly now: () => number;
}

export interface Visit {
  readonly bulk: boolean;
  readonly signal: AbortSignal | undefined;
  /** How many mails to this provider whoever sends this one has left. */
  readonly peers: () => number;
  /** The caller, such as a chunk. It is told once to come back, and not for each of its mails. */
  readonly visitor: object | undefined;
}

/** Whether a mail may take a connection now. */
export type Entry =
  | { readonly kind: "go"; readonly leave: () => void }
  | { readonly kind: "aborted" }
  /** `retryAfter`: when it is worth to come back, in ms; `roomIn`: when it may be possible; `error`: of the store, where that is why. */
  | {
      readonly kind: "wait";
      readonly retryAfter: number;
      readonly roomIn: number;
      readonly reason: string;
      readonly error?: unknown;
    };

/** A provider that complained may be tried again after, in ms: longer each time when no mail is taken in between. */
const FIRST_REST = 1_000;
const LONGEST_REST = 60_000;
/** The part of the pace that is kept when it was too fast. */
const SLOWER = 0.5;
/** The pace is raised in each second by this part of the pace to which it was slowed down. */
const STEP = 0.1;
/** The pace is raised step by step, and forgotten after so long without a complaint, in ms. */
const FORGOTTEN_MS = 120_000;
/** The pace of one that complains and has taken nothing, in mails per second. */
const UNKNOWN_PACE = 5;
/** After a wait, mails of this time of the pace may be sent at once, in ms. */
const BURST_MS = 1_000;
/** When to look again for a permit that others hold, in ms. */
const PERMIT_MS = 250;
/** A gate is kept so long after its last mail, in ms. */
const IDLE_MS = 2_000;
/** The longest time that a visitor is assumed to need, in ms: as long as a chunk goes on when only mails that have to wait are left. */
const LONGEST_NEED = 2_000;
/** The newest duration counts so much among those of a provider's mails. */
const WEIGHT = 0.1;

/** Mails to one mail provider wait here until they may take a connection. It keeps the provider's limits, and obeys the provider's answers. */
export class ProviderGate {
  readonly #options: ProviderGateOptions;
  readonly #permits: Permits | undefined;
  readonly #rate: RateLimiter | undefined;
  readonly #pace: AdaptivePace;
  readonly #paced: RateLimiter;
  readonly #queue: ReturnQueue;
  #restUntil = 0;
  #complaints = 0;
  #complainedAt = Number.NEGATIVE_INFINITY;
  #slowedAt: number | undefined;
  #recovery: NodeJS.Timeout | undefined;
  /** How long a mail takes, in ms. */
  #takes = 100;
  #underWay = 0;
  #usedAt = 0;

  constructor(options: ProviderGateOptions) {
    const { limit, ledger, key, holder, now } = options;
    this.#options = options;
    this.#queue = new ReturnQueue(now);
    const { connections, rate } = limit;
    this.#permits =
      connections === undefined
        ? undefined
        : new Permits({ store: ledger, key, holder, limit: connections, now });
    this.#rate = rate && new RateLimiter({ ledger, key, rate, maxWait: 0, now });
    this.#pace = new AdaptivePace({
      ...{
        now,
        slower: SLOWER,
        step: STEP,
        forgottenMs: FORGOTTEN_MS,
        burstMs: BURST_MS,
        onPaced: () => undefined,
      },
    });
    const second = { limit: 1, per: 1_000 };
    this.#paced = new RateLimiter({ ledger: this.#pace, key: "pace", rate: second, maxWait: 0, now });
  }

  /** Whether there is nothing in it that a new one would not have. */
  get isIdle(): boolean {
    const isQuiet = this.#slowedAt === undefined && this.#options.now() - this.#usedAt > IDLE_MS;
    return isQuiet && this.#underWay === 0 && (this.#permits?.isIdle ?? true);
  }

  async enter(visit: Visit): Promise<Entry> {
    const { bulk } = visit;
    this.#usedAt = this.#options.now();
    const rest = this.#restUntil - this.#usedAt;
    if (rest > 0) return this.#later(visit, rest, RESTS);
    if (this.#permits && !(await this.#permits.take(bulk))) return this.#later(visit, PERMIT_MS, IN_USE);
    const refusal = await this.#turn(visit);
    if (refusal) {
      this.#permits?.giveBack(bulk);
      return refusal;
    }
    return { kind: "go", leave: this.#begin(bulk) };
  }

  /**
   * It says that mails come too fast. Complaints about mails that were under way together are one.
   * @param measured how many mails per second it took until now
   * @returns how long it is left alone, in ms
   */
  complain(
    complaint: { readonly reason: string; readonly named?: number },
    startedAt: number,
    measured: number,
  ): number {
    const { now } = this.#options;
    const { reason, named } = complaint;
    const time = now();
    const isNew = startedAt > this.#complainedAt;
    if (isNew) {
      this.#complaints += 1;
      this.#complainedAt = time;
    }
    if (this.#pace.isNews(startedAt)) this.#pace.slowDown(reason, Math.max(measured, UNKNOWN_PACE / SLOWER));
    const rest = Math.max(named ?? 0, Math.min(LONGEST_REST, FIRST_REST * 2 ** (this.#complaints - 1)));
    if (isNew || named !== undefined) this.#restUntil = Math.max(this.#restUntil, time + rest);
    this.#tellOfBeginning(reason);
    return this.#restUntil - time;
  }

  noteSent(): void {
    this.#complaints = 0;
  }

  async close(): Promise<void> {
    clearTimeout(this.#recovery);
    this.#rate?.close();
    this.#paced.close();
    await this.#permits?.close();
  }

  async #turn(visit: Visit): Promise<Exclude<Entry, { readonly kind: "go" }> | undefined> {
    const { bulk, signal } = visit;
    for (const [limiter, reason] of [
      [this.#pace.value === undefined ? undefined : this.#paced, PACED],
      [this.#rate, RATED],
    ] as const) {
      const turn = await limiter?.take({ bulk, signal });
      if (turn === undefined || turn.kind === "go") continue;
      if (turn.kind === "aborted") return turn;
      const later = this.#later(visit, turn.roomIn, reason, limiter === this.#rate ? this.#spread : 0);
      return turn.error === undefined ? later : { ...later, retryAfter: turn.retryAfter, error: turn.error };
    }
    return undefined;
  }

  /** @param spread how long after the first turn there are more, in ms: for somebody who has many mails it is worth to wait for those */
  #later({ peers, visitor }: Visit, roomIn: number, reason: string, spread = 0) {
    const later = visitor === undefined ? 0 : spread;
    const retryAfter = this.#queue.book(roomIn + later, this.#needs(peers()), visitor);
    return { kind: "wait", retryAfter, roomIn, reason } as const;
  }

  /** Those who came together took their turns within so long, in ms. */
  get #spread(): number {
    return Math.min(1_000, (this.#options.limit.rate?.per ?? 0) / 10);
  }

  /** How long so many mails will take when their time has come, in ms. */
  #needs(mails: number): number {
    const { rate, connections } = this.#options.limit;
    const pace = this.#pace.value;
    const byRate = rate ? (Math.min(mails, rate.limit) * spanOf(rate)) / rate.limit : 0;
    const byPace = pace === undefined ? 0 : Math.min(1_000, (mails * 1_000) / pace);
    const byPermits = connections === undefined ? 0 : (mails * this.#takes) / connections;
    return Math.max(byRate, Math.min(LONGEST_NEED, Math.max(byPace, byPermits)));
  }

  #begin(bulk: boolean): () => void {
    const startedAt = this.#options.now();
    this.#underWay += 1;
    return () => {
      this.#underWay -= 1;
      this.#usedAt = this.#options.now();
      this.#takes += WEIGHT * (this.#usedAt - startedAt - this.#takes);
      this.#permits?.giveBack(bulk);
    };
  }

  #tellOfBeginning(reason: string): void {
    const { now, onSlowed } = this.#options;
    const isBeginning = this.#slowedAt === undefined;
    this.#slowedAt ??= now();
    this.#watch();
    if (!isBeginning) return;
    const pace = this.#pace.value;
    onSlowed({ restMs: this.#restUntil - now(), reason, ...(pace !== undefined && { pace }) });
  }

  /** Looks whether it is over when that can be at the earliest. */
  #watch(): void {
    clearTimeout(this.#recovery);
    const left = Math.max(this.#restUntil, this.#complainedAt + FORGOTTEN_MS) - this.#options.now();
    if (left > 0) this.#recovery = setTimeout(() => this.#watch(), left).unref();
    else this.#recover();
  }

  #recover(): void {
    if (this.#slowedAt === undefined) return;
    const ms = this.#options.now() - this.#slowedAt;
    this.#slowedAt = undefined;
    this.#complaints = 0;
    this.#queue.forget();
    this.#options.onRecovered(ms);
  }
}

/** For how long a turn is counted, in ms. */
function spanOf(rate: Rate): number {
  const { length, count } = slotsOf(rate);
  return length * count;
}

const RESTS = "it asked to wait";
const PACED = "its pace is used up";
const RATED = "its rate is used up";
const IN_USE = "its connections are in use";
