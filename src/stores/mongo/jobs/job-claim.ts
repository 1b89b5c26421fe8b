import type { mongo, Types } from "mongoose";
import { type ClaimRequest, MAX_CRASHES, withFewPoisonous } from "../../../jobs/job-store.ts";
import { QueueRotation } from "../../../queue/queue-rotation.ts";
import type { ServerClock } from "../server-clock.ts";
import type { ClaimableQueues } from "./claimable-queues.ts";
import type { JobDocument } from "./job-document.ts";
import { UnacknowledgedClaims } from "./unacknowledged-claims.ts";

type Jobs = mongo.Collection<JobDocument>;

export interface JobClaimOptions {
  readonly jobs: Jobs;
  readonly clock: ServerClock;
  readonly random: () => number;
  readonly queues: ClaimableQueues;
}

/** After a lost race: how many times the batch to read, so that claimers pick different windows of it. */
const SPREAD = 3;
const UNSUSPECTED = { crashes: { $lt: MAX_CRASHES - 1 } } as const;
/** More jobs than this that are due soon are not looked through for the first of them. */
const MOST_SOON = 100;

/**
 * Takes due jobs, a batch in two round trips: reads them in order, then takes those that are still free with one update. Which
 * were won is known from the count; only after a lost race it is asked for, by the claim's token.
 */
export class JobClaim {
  readonly #jobs: Jobs;
  readonly #clock: ServerClock;
  readonly #random: () => number;
  readonly #queues: ClaimableQueues;
  readonly #unheard: UnacknowledgedClaims;
  readonly #turns = new QueueRotation();
  #lostRace = false;

  constructor({ jobs, clock, random, queues }: JobClaimOptions) {
    this.#jobs = jobs;
    this.#clock = clock;
    this.#random = random;
    this.#queues = queues;
    this.#unheard = new UnacknowledgedClaims(jobs);
  }

  /** The first time at which a waiting job of this claim is due, if that is not after `until`. */
  async nextDue(request: ClaimRequest, until: Date): Promise<Date | undefined> {
    // The claim just before has read the names, and whoever stores a job meanwhile rings.
    const queues = await this.#queues.of(request);
    if (queues.length === 0) return undefined;
    const unsuspected = request.poisonous === 0 ? UNSUSPECTED : {};
    const soon = await this.#jobs
      .find({ ...waitingIn(queues, request), ...unsuspected, runAt: { $lte: until } })
      .project<Pick<JobDocument, "runAt">>({ _id: 0, runAt: 1 })
      .limit(MOST_SOON)
      .toArray();
    const first = Math.min(...soon.map(({ runAt }) => runAt.getTime()));
    return soon.length === 0 ? undefined : new Date(soon.length === MOST_SOON ? this.#clock.now() : first);
  }

  async run(request: ClaimRequest): Promise<readonly JobDocument[]> {
    if (request.limit < 1) return [];
    this.#queues.renew();
    await this.#unheard.handBack();
    const queues = await this.#queues.of(request);
    const now = this.#clock.now();
    const candidates = queues.length === 0 ? [] : await this.#candidates(request, queues, now);
    this.#queues.note({ isBacklog: candidates.length === request.limit });
    if (candidates.length === 0) return [];
    return this.#take(candidates, request, now);
  }

  async #take(
    candidates: readonly JobDocument[],
    request: ClaimRequest,
    now: Date,
  ): Promise<readonly JobDocument[]> {
    const ids = candidates.map(({ _id }) => _id);
    try {
      const won = await this.#lease(candidates, request, now);
      this.#lostRace = won < ids.length;
      if (won === ids.length) return candidates.map((job) => leased(job, request, now));
      return won === 0 ? [] : await this.#wonBy(ids, request);
    } catch (error) {
      return this.#afterError(ids, request, error);
    }
  }

  /** The connection broke: what was won is known by the token, if it can be asked, and if the server is through with it. */
  async #afterError(
    ids: readonly Types.ObjectId[],
    request: ClaimRequest,
    error: unknown,
  ): Promise<readonly JobDocument[]> {
    const mine = await this.#wonBy(ids, request).catch(() => []);
    const heard = new Set(mine.map(({ _id }) => _id.toHexString()));
    const unheard = ids.filter((id) => !heard.has(id.toHexString()));
    this.#unheard.add({ token: request.token, ids: unheard });
    if (mine.length === 0) throw error;
    return mine;
  }

  async #wonBy(ids: readonly Types.ObjectId[], { token }: ClaimRequest): Promise<readonly JobDocument[]> {
    const mine = await this.#jobs.find({ _id: { $in: [...ids] }, lockToken: token }).toArray();
    const byId = new Map(mine.map((job) => [job._id.toHexString(), job]));
    return ids.flatMap((id) => byId.get(id.toHexString()) ?? []);
  }

  /**
   * A job that was put off, settled or replaced since it was read is left alone: what was read of it is not true any more. All of
   * these write `settledBy`, each something that was never there before.
   */
  async #lease(candidates: readonly JobDocument[], request: ClaimRequest, now: Date): Promise<number> {
    const { token, workerId, leaseMs } = request;
    const ids = candidates.map(({ _id }) => _id);
    const marks = candidates.flatMap(({ settledBy }) => settledBy ?? []);
    const unchanged = [{ settledBy: { $exists: false } }, { settledBy: { $in: marks } }];
    const { modifiedCount } = await this.#jobs.updateMany(
      { _id: { $in: ids }, state: "ready", runAt: { $lte: now }, $or: unchanged },
      [
        {
          $set: {
            state: "leased",
            lockToken: { $literal: token },
            lockedBy: { $literal: workerId },
            lockedAt: "$$NOW",
            lockedUntil: { $dateAdd: { startDate: "$$NOW", unit: "millisecond", amount: leaseMs } },
            attempts: { $add: ["$attempts", 1] },
          },
        },
      ],
    );
    return modifiedCount;
  }

  /**
   * What to take: one read in order where nobody has to wait for a turn, which is when one queue has jobs or all that is due fits
   * into the claim; else the due jobs of each queue, which then take turns.
   */
  async #candidates(
    request: ClaimRequest,
    queues: readonly string[],
    now: Date,
  ): Promise<readonly JobDocument[]> {
    const { limit, order = "fair", weights = {}, room = {} } = request;
    const isLimited = queues.some((queue) => room[queue] !== undefined);
    const isOneRead = queues.length === 1 || order === "priority";
    if (!isLimited) {
      const due = await this.#due(request, queues, now, limit);
      if (isOneRead || due.length < limit) return due;
    }
    const lists = await Promise.all(
      queues.map((queue) => this.#due(request, [queue], now, Math.min(limit, room[queue] ?? limit))),
    );
    const picked = this.#turns.pick(lists, { limit, order, weights, queues: request.queues ?? [] });
    return withFewPoisonous(picked, request.poisonous);
  }

  /** In order. Where poisonous are too many, those that wait behind them are read in their place. */
  async #due(
    request: ClaimRequest,
    queues: readonly string[],
    now: Date,
    limit: number,
  ): Promise<readonly JobDocument[]> {
    const waiting = { ...waitingIn(queues, request), runAt: { $lte: now } };
    const found = await this.#read(waiting, limit);
    const few = withFewPoisonous(found, request.poisonous);
    if (few.length === found.length) return found;
    const others = await this.#read({ ...waiting, ...UNSUSPECTED }, limit);
    const poisonous = few.filter((job) => !others.some(({ _id }) => _id.equals(job._id)));
    return [...poisonous, ...others].sort(inOrder).slice(0, limit);
  }

  /** In order; after a lost race a random window of a longer stretch, so that claimers part. */
  async #read(filter: mongo.Filter<JobDocument>, limit: number): Promise<readonly JobDocument[]> {
    const most = this.#lostRace ? limit * SPREAD : limit;
    const found = await this.#jobs
      .find(filter)
      .sort({ priority: 1, runAt: 1, _id: 1 })
      .limit(most)
      // All in one answer: the server's own first batch has 101.
      .batchSize(most + 1)
      .toArray();
    const start = Math.floor(this.#random() * Math.max(1, found.length - limit + 1));
    return found.slice(start, start + limit);
  }
}

function waitingIn(
  queues: readonly string[],
  { minPriority, maxPriority }: ClaimRequest,
): mongo.Filter<JobDocument> {
  const priority = {
    ...(minPriority !== undefined && { $gte: minPriority }),
    ...(maxPriority !== undefined && { $lte: maxPriority }),
  };
  return {
    state: "ready",
    queue: { $in: [...queues] },
    ...(Object.keys(priority).length > 0 && { priority }),
  };
}

function inOrder(a: JobDocument, b: JobDocument): number {
  const byTime = a.priority - b.priority || a.runAt.getTime() - b.runAt.getTime();
  return byTime || a._id.toHexString().localeCompare(b._id.toHexString());
}

/**
 * What the update made of a job that was read before it; the times are this process's idea of the server's. Not by a spread: adding
 * fields behind one takes V8 twenty times as long.
 */
function leased(job: JobDocument, { token, workerId, leaseMs }: ClaimRequest, now: Date): JobDocument {
  return Object.assign({}, job, {
    state: "leased" as const,
    attempts: job.attempts + 1,
    lockToken: token,
    lockedBy: workerId,
    lockedAt: now,
    lockedUntil: new Date(now.getTime() + leaseMs),
  });
}
