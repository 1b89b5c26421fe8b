import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { checkedOptions } from "../checked-options.ts";
import { BeingPlannedError, InvalidOptionsError } from "../errors/errors.ts";
import type { Events } from "../events.ts";
import type { Registry } from "../jobs/handler.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { Newsletter, NewsletterRequest, NewsletterTrouble } from "../jobs/newsletter.ts";
import { newObjectId } from "../jobs/object-id.ts";
import { encode } from "../jobs/stored-value.ts";
import { type Carry, Lifecycle } from "../queue/lifecycle.ts";
import { checkAudience } from "./audience-rows.ts";
import { finishNewsletter } from "./finish-newsletter.ts";
import { type CheckedOptions, newsletterOptions, timingOf } from "./newsletter-options.ts";
import {
  type NewNewsletter,
  type NewsletterPageRequest,
  type NewsletterRecord,
  type NewsletterStore,
  type PlannerClaim,
  rehearsalKeys,
} from "./newsletter-store.ts";
import { peopleInMemory, peopleInStore } from "./people.ts";
import { cancelled, Planner } from "./planner.ts";
import { StoredNewsletter } from "./stored-newsletter.ts";
import { isHopeless, type Timing } from "./timing/timing.ts";
import { troublesOf } from "./troubles.ts";

export interface NewslettersOptions {
  readonly jobs: JobStore;
  readonly ledger: NewsletterStore;
  readonly registry: Registry;
  readonly events: Events;
  /** What plugins stand around. Defaults to nothing. */
  readonly lifecycle?: Lifecycle;
  /** The right-hand side of the recipients' Message-IDs. */
  readonly messageIdDomain: string;
  /** With `off` everything that is planned is a rehearsal. @default "on" */
  readonly deliveries?: "on" | "off";
  /** How long a planner may be silent before another takes over, in ms. @default 30_000 */
  readonly plannerLeaseMs?: number;
}

export interface StrandedNewsletter {
  readonly key: string;
  readonly troubles: readonly NewsletterTrouble[];
}

/** How much longer than a lease a planner waits for another, and how often it looks, in ms. */
const PATIENCE_MS = 2_000;
const LOOK_AGAIN_MS = 250;

/** Begins, finds and lists newsletters. */
export class Newsletters {
  readonly #options: Required<NewslettersOptions>;

  constructor({ plannerLeaseMs = 30_000, deliveries = "on", ...options }: NewslettersOptions) {
    const { lifecycle = new Lifecycle(options.events) } = options;
    this.#options = { plannerLeaseMs, deliveries, ...options, lifecycle };
  }

  /**
   * Plans a send-out, or what is left of it to plan; resolves when the audience is read to its end, and never before.
   * @throws InvalidOptionsError | UnknownActionError | InvalidArgumentsError | UnstorableValueError | PlanningError | BeingPlannedError | StoreError
   */
  async begin(request: NewsletterRequest): Promise<Newsletter> {
    const mail = `${request.handler}.${request.action}`;
    const where = placeOf(request);
    const options = checkedOptions(where, newsletterOptions, request.options);
    checkAudience(where, request.audience);
    let carried: Readonly<Record<string, string>> = {};
    const carry: Carry = (entries) => {
      carried = { ...carried, ...entries };
    };
    const payload = { newsletter: options.key, mail, carry };
    return this.#options.lifecycle.run("broadcast", payload, () => this.#begin(request, options, carried));
  }

  async #begin(
    request: NewsletterRequest,
    options: CheckedOptions,
    carried: Readonly<Record<string, string>>,
  ): Promise<Newsletter> {
    const { registry, ledger, jobs, events, plannerLeaseMs } = this.#options;
    const { identify, timeZoneOf } = options;
    const handler = registry.find(request.handler, request.action);
    const planner = { token: randomUUID(), leaseMs: plannerLeaseMs };
    const wanted = this.#newNewsletter(request, options, carried);
    const now = () => Date.now() + jobs.clockOffset;
    if (wanted.timing && isHopeless(wanted.timing, timeZoneOf !== undefined, now()))
      throw new InvalidOptionsError(placeOf(request), [tooLate(wanted.timing)]);
    const record = await this.#claim(wanted, planner);
    const people =
      options.deduplicate === "store" ? peopleInStore(ledger, record.id, planner.token) : peopleInMemory();
    const planning = {
      ledger,
      jobs,
      handler,
      newsletter: record,
      planner,
      identify,
      timeZoneOf,
      people,
      now,
    };
    await new Planner(planning).run(request.audience);
    await this.#planned(record);
    await finishNewsletter(record.id, { ledger, events });
    return new StoredNewsletter(record, this.#options);
  }

  /** By id or key. */
  async find(idOrKey: string): Promise<Newsletter | undefined> {
    const record = await this.#options.ledger.find(idOrKey);
    return record && new StoredNewsletter(record, this.#options);
  }

  /** Newest first. */
  async list(): Promise<readonly Newsletter[]> {
    return (await this.#options.ledger.list()).map((record) => new StoredNewsletter(record, this.#options));
  }

  /** A page of them, the newest first. */
  async page(request: NewsletterPageRequest): Promise<readonly Newsletter[]> {
    const records = await this.#options.ledger.page(request);
    return records.map((record) => new StoredNewsletter(record, this.#options));
  }

  /** Those that run and cannot get on without somebody who does something about it, oldest first. */
  async stranded(): Promise<readonly StrandedNewsletter[]> {
    const stranded: StrandedNewsletter[] = [];
    for (const record of await this.#options.ledger.running()) {
      const troubles = await troublesOf(record, this.#options);
      // Jobs that are due for too long are told of as such.
      const lasting = troubles.filter(({ kind }) => kind !== "no-worker");
      if (lasting.length > 0) stranded.push({ key: record.key, troubles: lasting });
    }
    return stranded;
  }

  /** Waits for another planner until it is done, or, if it is dead, until its lease has run out. */
  async #claim(wanted: NewNewsletter, planner: PlannerClaim): Promise<NewsletterRecord> {
    const { ledger } = this.#options;
    const end = performance.now() + planner.leaseMs + PATIENCE_MS;
    for (;;) {
      const { record, ...found } = await ledger.begin(wanted, planner);
      if (!isSameCall(record, wanted)) {
        await ledger.releasePlanner(record.id, planner.token);
        throw otherCall(record);
      }
      if (found.turn === "mine") return record;
      if (found.turn === "cancelled") throw cancelled(record.key);
      if (performance.now() > end) throw new BeingPlannedError(record.key, found.since);
      await sleep(LOOK_AGAIN_MS);
    }
  }

  async #planned({ id, key }: NewsletterRecord): Promise<void> {
    const record = await this.#options.ledger.find(id);
    this.#options.events.emit("newsletter.planned", { id, key, recipients: record?.totals.recipients ?? 0 });
  }

  #newNewsletter(
    { handler, action, args, params }: NewsletterRequest,
    options: CheckedOptions,
    carried: Readonly<Record<string, string>>,
  ): NewNewsletter {
    const where = `${handler}.${action}`;
    const { key, chunkSize, queue, priority, maxAttempts, start, pauseWhen } = options;
    const isRehearsal = options.rehearse || this.#options.deliveries === "off";
    const timing = isRehearsal ? undefined : timingOf(options);
    return {
      id: newObjectId(),
      handler,
      action,
      args: args.map((arg, index) => encode(arg, `${where}: args[${index + 1}]`)),
      params: encode(params, `${where}: params`),
      meta: {
        ...carried,
        seed: randomBytes(16).toString("hex"),
        domain: this.#options.messageIdDomain,
        date: new Date().toISOString(),
      },
      ...{ key, chunkSize, queue, priority, maxAttempts },
      ...(start === "manual" && !isRehearsal && { start }),
      ...(timing && { timing }),
      ...(pauseWhen && { pauseWhen }),
      ...(isRehearsal && asRehearsal(key)),
      // Whoever asked for it waits for it.
      ...(options.rehearse && { queue: REHEARSALS, maxAttempts: 1 }),
    };
  }
}

/** The queue of rehearsals that somebody waits for: it holds up no newsletter, and none holds it up. */
export const REHEARSALS = "rehearsals";

/** Of its own, so that the wanted key is free for the mails themselves, and every rehearsal is a new one. */
function asRehearsal(key: string) {
  return { key: `${rehearsalKeys(key).from}${randomBytes(4).toString("hex")})`, rehearsal: true as const };
}

function isSameCall(a: NewNewsletter, b: NewNewsletter): boolean {
  const call = ({ handler, action, args, params }: NewNewsletter) =>
    JSON.stringify([handler, action, args, params]);
  return call(a) === call(b);
}

function tooLate({ stopBy, windows, timeZone }: Timing): string {
  const when = `stopBy (${stopBy}, time zone ${timeZone})`;
  return windows
    ? `none of its windows opens before ${when}, so nobody would get it; give a later stopBy, or other windows`
    : `${when} is in the past, so nobody would get it; give a later time, or none`;
}

function otherCall({ key, handler, action }: NewsletterRecord): InvalidOptionsError {
  return new InvalidOptionsError("newsletter", [
    `the key "${key}" belongs to a send-out of ${handler}.${action} with other arguments; use another key`,
  ]);
}

/** For errors. */
function placeOf({ handler, action }: NewsletterRequest): string {
  return `newsletter of ${handler}.${action}`;
}
