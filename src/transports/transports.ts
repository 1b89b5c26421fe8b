import { randomUUID } from "node:crypto";
import { UnknownTransportError } from "../errors/errors.ts";
import type { Events } from "../events.ts";
import { CircuitBreaker } from "./breaker.ts";
import { FailoverTransport } from "./failover-transport.ts";
import { openTransport } from "./open-transport.ts";
import { PacedTransport } from "./paced-transport.ts";
import { PoliteTransport } from "./providers/polite-transport.ts";
import { ProviderDirectory } from "./providers/provider-directory.ts";
import { RateLimitedTransport } from "./rates/rate-limited-transport.ts";
import type { RateStore } from "./rates/rate-store.ts";
import { RoundRobinTransport } from "./round-robin-transport.ts";
import type { Transport } from "./transport.ts";
import type { TransportPlan, TransportPlans } from "./transport-settings.ts";
import { WarmUpTransport } from "./warm-up/warm-up-transport.ts";

export interface TransportsOptions {
  readonly plans: TransportPlans;
  /** The name of the transport for mails that name none. */
  readonly main: string;
  readonly events: Events;
  /** The store of the limits that processes share. */
  readonly rates: RateStore;
  /** Which mail provider is behind a domain. Defaults to what the table knows. */
  readonly directory?: ProviderDirectory;
  /** By which circuit breakers rest, in ms. @default performance.now */
  readonly now?: (() => number) | undefined;
}

/** The ways out of an application, by name: each opened once, behind a circuit breaker of its own, and shared by all that use it. */
export class Transports {
  /** The transport for mails that name none. */
  readonly main: Transport;
  /** Those that are not made of others, by name. */
  readonly single: ReadonlyMap<string, CircuitBreaker>;
  readonly #options: TransportsOptions;
  readonly #single = new Map<string, CircuitBreaker>();
  readonly #byName = new Map<string, Transport>();
  readonly #directory: ProviderDirectory;
  /** The name under which this process holds its permits. */
  readonly #holder = randomUUID();

  constructor(options: TransportsOptions) {
    this.#options = options;
    this.single = this.#single;
    this.#directory = options.directory ?? new ProviderDirectory();
    for (const name of options.plans.keys()) this.#open(name);
    this.main = this.get(options.main);
  }

  get names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  /** The most sends that may usefully run at once over one of them. */
  get connections(): number {
    return Math.max(...[...this.#byName.values()].map(({ connections }) => connections));
  }

  /** @throws UnknownTransportError */
  get(name: string = this.#options.main): Transport {
    const transport = this.#byName.get(name);
    if (transport) return transport;
    throw new UnknownTransportError(name, this.names);
  }

  /** Whether mails over other transports can probably be sent while this one rests: one of them has a closed breaker. */
  othersWork(name: string = this.#options.main): boolean {
    const own = new Set(this.#singleOf(name));
    return [...this.#single].some(([other, { isOpen }]) => !own.has(other) && !isOpen);
  }

  /** Closes each of them, also when one cannot be closed. @throws what that one threw */
  async close(): Promise<void> {
    const closing = [...this.#single.values()].map((transport) => transport.close());
    await Promise.allSettled(closing);
    await Promise.all(closing);
  }

  /** The settings were checked: members are there, and none leads back to itself. */
  #open(name: string): Transport {
    const known = this.#byName.get(name);
    if (known) return known;
    const plan = this.#options.plans.get(name);
    if (plan === undefined) throw new UnknownTransportError(name, [...this.#options.plans.keys()]);
    const transport = plan.kind === "one" ? this.#openSingle(name, plan) : this.#openTogether(plan);
    this.#byName.set(name, transport);
    return transport;
  }

  /** The names of those that one is made of. */
  #singleOf(name: string): readonly string[] {
    const plan = this.#options.plans.get(name);
    if (plan === undefined || plan.kind === "one") return [name];
    return plan.members.flatMap((member) => this.#singleOf(member));
  }

  /**
   * The breaker stands outermost: a transport that is down takes no turns. Then comes the volume of the day. Then a mail waits for its mail provider, then for the pace of the
   * server, and takes its turn of the rate last.
   */
  #openSingle(
    name: string,
    { place, limit, perProvider, warmUp }: TransportPlan & { readonly kind: "one" },
  ): CircuitBreaker {
    const { events, plans, rates, now } = this.#options;
    const opened = openTransport(place, {
      onLearnt: (learnt) => events.emit("transport.limited", { transport: label, ...learnt }),
    });
    const label = plans.size === 1 ? opened.name : `${name} (${opened.name})`;
    const clock = now && { now };
    const limited = limit ? new RateLimitedTransport(opened, { ...limit, ledger: rates, key: name }) : opened;
    const paced = new PacedTransport(limited, {
      onPaced: (change) => events.emit("transport.paced", { transport: label, ...change }),
      blame: (outcome, recipients, startedAt) => polite.blame(outcome, recipients, startedAt),
      ...clock,
    });
    const polite: PoliteTransport = new PoliteTransport(paced, {
      ...{ directory: this.#directory, ledger: rates, key: name, holder: this.#holder, limits: perProvider },
      onSlowed: (slowed) => events.emit("provider.slowed", { transport: label, ...slowed }),
      onRecovered: (recovered) => events.emit("provider.recovered", { transport: label, ...recovered }),
      ...clock,
    });
    const warming = warmUp
      ? new WarmUpTransport(polite, { warmUp, ledger: rates, key: name, name: label, ...clock })
      : polite;
    const guarded = new CircuitBreaker(warming, {
      name: label,
      onChange: (change) => events.emit("transport.changed", change),
      ...clock,
    });
    this.#single.set(name, guarded);
    return guarded;
  }

  #openTogether({
    kind,
    members,
    weights = {},
  }: Exclude<TransportPlan, { readonly kind: "one" }>): Transport {
    const transports = members.map((member) => this.#open(member));
    return kind === "failover"
      ? new FailoverTransport(transports)
      : new RoundRobinTransport(
          transports.map((transport, at) => ({ transport, weight: weights[members[at] ?? ""] ?? 1 })),
        );
  }
}
