import { z } from "zod";
import { errorMessage } from "../errors/error-message.ts";
import { InvalidOptionsError } from "../errors/errors.ts";
import type { Duration } from "../jobs/delay-options.ts";
import { durationMs } from "../jobs/delay-options.ts";
import { parseRate, type Rate } from "../jobs/rate.ts";
import { isTimeZone } from "../mail/language.ts";
import type { ProviderLimits } from "./providers/polite-transport.ts";
import type { Transport } from "./transport.ts";
import { readTransportUrl, type TransportPlace } from "./transport-url.ts";
import type { WarmUp } from "./warm-up/warm-up-transport.ts";

/**
 * One named way out: a URL (`smtp://…`, `smtps://…`, `inbox:folder`, `memory:`, `stream:stdout`), a transport of your own, the same with
 * more said about it, or named ones together.
 */
export type TransportSettings =
  | string
  | Transport
  | ({ readonly url: string } & RateSettings)
  | ({ readonly transport: Transport } & RateSettings)
  /** Through the first of these, and through the next where that cannot be used. */
  | { readonly failover: readonly string[] }
  /** Through each of these in turn; by their weights where they have some: `{ main: 3, second: 1 }`. */
  | { readonly roundRobin: readonly string[] | Readonly<Record<string, number>> };

export interface RateSettings {
  /** The most mails that all processes together send: "100/1m", "14/s". Defaults to no limit. */
  readonly rate?: string;
  /** How long a mail waits for its turn where it is; one that would have to wait longer is put off. @default "1m" */
  readonly maxWait?: Duration;
  /**
   * What each mail provider is sent at most by all processes together: `{ gmail: { rate: "20/s", connections: 2 }, "*": { connections: 3 } }`.
   * By its name, by a domain of it, or `*` for every other, each by itself. Defaults to no limits.
   */
  readonly perProvider?: Readonly<Record<string, ProviderSettings>>;
  /** How many mails all processes together send on each day, until the address is known. Defaults to no limit. */
  readonly warmUp?: WarmUpSettings;
}

export interface WarmUpSettings {
  /** The first day, such as "2026-12-01". Before it the first volume holds. */
  readonly from: string;
  /** How many mails on the first day, on the second, and so on; after the last there is no limit. */
  readonly volumes: readonly number[];
  /** In which a day begins. @default "UTC" */
  readonly timeZone?: string;
  /** `bulk`: newsletters wait for the next day, and other mail is counted and goes out. `all`: every mail waits. @default "bulk" */
  readonly holds?: "bulk" | "all";
}

export interface ProviderSettings {
  /** The most mails: "20/s", "1000/1h". Defaults to no limit. */
  readonly rate?: string;
  /** The most mails that are on the wire at once. Defaults to no limit. */
  readonly connections?: number;
}

/** A way out that is checked and not yet open. */
export type TransportPlan =
  | ({ readonly kind: "one"; readonly place: TransportPlace } & Limits)
  | {
      readonly kind: "failover" | "roundRobin";
      readonly members: readonly string[];
      /** Of members that have another than 1. */
      readonly weights?: Readonly<Record<string, number>>;
    };

export interface Limits {
  readonly limit?: Limit;
  readonly perProvider?: ProviderLimits;
  readonly warmUp?: WarmUp;
}

export interface Limit {
  readonly rate: Rate;
  /** In ms. */
  readonly maxWait: number;
}

export type TransportPlans = ReadonlyMap<string, TransportPlan>;

const members = z.array(z.string()).min(1, "must name at least one transport");

const object = z.strictObject({
  url: z.string().optional(),
  transport: z
    .custom<Transport>(isTransport, "must have send(), verify(), close(), name and connections")
    .optional(),
  failover: members.optional(),
  roundRobin: z
    .union([members, z.record(z.string(), z.int("a weight must be a whole number").min(1).max(1_000))])
    .refine((value) => Object.keys(value).length > 0, "must name at least one transport")
    .optional(),
  rate: z.string().optional(),
  maxWait: z.union([z.number(), z.string()]).optional(),
  warmUp: z
    .strictObject({
      from: z.iso.date('warmUp.from must be a day such as "2026-12-01"'),
      volumes: z
        .array(z.int().min(1).max(1_000_000_000))
        .min(1, "warmUp.volumes must hold at least one number"),
      timeZone: z
        .string()
        .refine(isTimeZone, 'warmUp.timeZone must be such as "Europe/Vienna"')
        .default("UTC"),
      holds: z.enum(["bulk", "all"]).default("bulk"),
    })
    .optional(),
  perProvider: z
    .record(
      z.string().min(1),
      z.strictObject({ rate: z.string().optional(), connections: z.int().min(1).max(1_000).optional() }),
    )
    .optional(),
});

const DEFAULT_MAX_WAIT = "1m";

const KINDS = "must be a URL, a transport, or an object with one of url, transport, failover and roundRobin";

/**
 * Reads `configure({ transports })`, in the order given.
 * @throws InvalidOptionsError which names the transport and never repeats a URL
 */
export function readTransports(settings: Readonly<Record<string, unknown>>): TransportPlans {
  const plans = new Map(Object.entries(settings).map(([name, value]) => [name, planOf(name, value)]));
  for (const name of plans.keys()) checkMembers(name, plans, []);
  return plans;
}

export function isTransport(value: unknown): value is Transport {
  return (
    typeof value === "object" &&
    value !== null &&
    ["send", "verify", "close"].every((method) => typeof Reflect.get(value, method) === "function") &&
    "name" in value &&
    "connections" in value
  );
}

function planOf(name: string, value: unknown): TransportPlan {
  if (!/^\w[\w-]*$/.test(name)) throw unusable(name, "its name must be letters, digits, _ and -");
  if (typeof value === "string") return planOf(name, { url: value });
  if (isTransport(value)) return planOf(name, { transport: value });
  const result = object.safeParse(value);
  if (!result.success)
    throw unusable(name, result.error.issues.map(({ message }) => message).join("; ") || KINDS);
  const { rate, maxWait, perProvider, warmUp, ...kinds } = result.data;
  const { url = "", transport, failover, roundRobin } = kinds;
  if (Object.keys(kinds).length !== 1) throw unusable(name, KINDS);
  const weights = Array.isArray(roundRobin) ? undefined : roundRobin;
  const together = failover ?? (Array.isArray(roundRobin) ? roundRobin : weights && Object.keys(weights));
  if (together && (rate ?? maxWait ?? perProvider ?? warmUp) !== undefined)
    throw unusable(name, "limit its members, each by its own rate");
  if (together)
    return { kind: failover ? "failover" : "roundRobin", members: together, ...(weights && { weights }) };
  const place = transport
    ? ({ kind: "given", transport } as const)
    : reading(name, () => readTransportUrl(url));
  const limits = reading(name, () => ({
    ...{ ...limitOf(rate, maxWait), ...providerLimitsOf(perProvider) },
    ...(warmUp && { warmUp }),
  }));
  return { kind: "one", place, ...limits };
}

function limitOf(rate: string | undefined, maxWait: number | string | undefined): { readonly limit?: Limit } {
  if (rate === undefined && maxWait !== undefined)
    throw new InvalidOptionsError("maxWait", ["means nothing without a rate"]);
  if (rate === undefined) return {};
  // `durationMs` checks what a text says.
  const wait = durationMs("maxWait", (maxWait ?? DEFAULT_MAX_WAIT) as Duration);
  return { limit: { rate: parseRate(rate), maxWait: wait } };
}

function providerLimitsOf(settings: z.output<typeof object>["perProvider"]): Pick<Limits, "perProvider"> {
  if (settings === undefined) return {};
  const limits = Object.entries(settings).map(([provider, { rate, connections }]) => {
    const parsed = rate !== undefined && { rate: parseRate(rate) };
    return [provider, { ...parsed, ...(connections !== undefined && { connections }) }] as const;
  });
  return { perProvider: Object.fromEntries(limits) };
}

/** @throws InvalidOptionsError which names the transport beside what `read` throws */
function reading<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unusable(name, errorMessage(error), { cause: error });
  }
}

/** Every named member is there, once, and nothing leads back to itself. */
function checkMembers(name: string, plans: TransportPlans, within: readonly string[]): void {
  const plan = plans.get(name);
  const known = [...plans.keys()].join(", ");
  if (plan === undefined)
    throw unusable(within.at(-1) ?? name, `there is no transport "${name}"; there are ${known}`);
  if (within.includes(name)) throw unusable(name, `leads back to itself: ${[...within, name].join(" → ")}`);
  if (plan.kind === "one") return;
  const twice = plan.members.find((member, index) => plan.members.indexOf(member) !== index);
  if (twice !== undefined) throw unusable(name, `names "${twice}" twice`);
  for (const member of plan.members) checkMembers(member, plans, [...within, name]);
}

function unusable(name: string, problem: string, options?: ErrorOptions): InvalidOptionsError {
  return new InvalidOptionsError(`the transport "${name}"`, [problem.replace(/\.$/, "")], options);
}
