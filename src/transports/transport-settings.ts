import { z } from "zod";
import { InvalidOptionsError } from "../errors.ts";
import type { Transport } from "../smtp/transport.ts";
import { type OpenTransport, readTransportUrl } from "./transport-url.ts";

/**
 * One named way out: a URL (`smtp://…`, `smtps://…`, `inbox:folder`, `memory:`, `stream:stdout`), a transport of your own, the same with
 * more said about it, or named ones together.
 */
export type TransportSettings =
  | string
  | Transport
  | { readonly url: string }
  | { readonly transport: Transport }
  /** Through the first of these, and through the next where that cannot be used. */
  | { readonly failover: readonly string[] }
  /** Through each of these in turn. */
  | { readonly roundRobin: readonly string[] };

/** A way out that is checked and not yet open. */
export type TransportPlan =
  | { readonly kind: "one"; readonly open: OpenTransport }
  | { readonly kind: "failover" | "roundRobin"; readonly members: readonly string[] };

export type TransportPlans = ReadonlyMap<string, TransportPlan>;

const members = z.array(z.string()).min(1, "must name at least one transport");

const object = z.strictObject({
  url: z.string().optional(),
  transport: z
    .custom<Transport>(isTransport, "must have send(), verify(), close(), name and connections")
    .optional(),
  failover: members.optional(),
  roundRobin: members.optional(),
});

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
  const { url, transport, failover, roundRobin } = result.data;
  const [kind, ...more] = Object.keys(result.data);
  if (kind === undefined || more.length > 0) throw unusable(name, KINDS);
  if (transport) return { kind: "one", open: () => transport };
  if (failover) return { kind: "failover", members: failover };
  if (roundRobin) return { kind: "roundRobin", members: roundRobin };
  return { kind: "one", open: openUrl(name, url ?? "") };
}

function openUrl(name: string, url: string): OpenTransport {
  try {
    return readTransportUrl(url);
  } catch (error) {
    throw unusable(name, error instanceof Error ? error.message : String(error), { cause: error });
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
