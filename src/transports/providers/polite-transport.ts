import { setTimeout as sleep } from "node:timers/promises";
import { recipientsOf } from "../../mail/addresses.ts";
import type { RenderedMail } from "../../mail/mail.ts";
import { isGreylisting } from "../adaptive-pace.ts";
import { broken } from "../outcome.ts";
import type { RateStore } from "../rates/rate-store.ts";
import type { Outcome, SendOptions, Transport, VerifyOptions } from "../transport.ts";
import { askedDelay, isComplaint } from "./complaint.ts";
import { domainOf, type ProviderDirectory } from "./provider-directory.ts";
import { type Entry, ProviderGate, type ProviderLimit } from "./provider-gate.ts";
import { TakenTally } from "./taken-tally.ts";

/** By provider, by a domain of one, or "*" for every other, each by itself. */
export type ProviderLimits = Readonly<Record<string, ProviderLimit>>;

export interface ProviderSlowed {
  readonly provider: string;
  /** For how long nothing is sent to it, in ms. */
  readonly restMs: number;
  /** At which pace mails go after that, in mails per second, at first. */
  readonly pace?: number;
  /** What it said. */
  readonly reason: string;
}

export interface PoliteOptions {
  readonly directory: ProviderDirectory;
  readonly limits?: ProviderLimits | undefined;
  readonly ledger: RateStore;
  /** What the limits of this transport begin with in the ledger, the same in all processes. */
  readonly key: string;
  /** Unique to this process. */
  readonly holder: string;
  readonly onSlowed: (slowed: ProviderSlowed) => void;
  readonly onRecovered: (recovered: { readonly provider: string; readonly ms: number }) => void;
  /** How long a mail that may wait here does so, in ms. @default 60_000 */
  readonly maxWait?: number;
  /** A clock in ms that never jumps. @default performance.now */
  readonly now?: () => number;
}

type Refused = Exclude<Entry, { readonly kind: "go" }> & { readonly provider: string };
type Entered = { readonly leave: () => void } | Refused;

const ABORTED = "The send was aborted while it waited for its mail provider";
/** Several providers that complain so soon after each other, with no mail taken in between, are the mail server's own complaint, in ms. */
const TOGETHER = 5_000;
/** Gates that nobody needs are looked for when there are so many. */
const MANY_GATES = 500;
const LOOKED_AT = 3;

/**
 * Sends through another transport, to each mail provider as much as it may get and as it takes. As long as there are no limits and nobody
 * complains, it only counts. It refuses nothing for one provider's sake that goes to others.
 */
export class PoliteTransport implements Transport {
  readonly #transport: Transport;
  readonly #options: PoliteOptions;
  readonly #now: () => number;
  readonly #limits: ReadonlyMap<string, ProviderLimit>;
  /** Of providers that have limits, or have complained. */
  readonly #gates = new Map<string, ProviderGate>();
  readonly #taken = new TakenTally();
  #lastComplaint = { provider: "", at: Number.NEGATIVE_INFINITY };

  constructor(transport: Transport, options: PoliteOptions) {
    const { limits = {}, directory, now = () => performance.now() } = options;
    this.#transport = transport;
    this.#options = options;
    this.#now = now;
    this.#limits = new Map(
      Object.entries(limits).map(([name, limit]) => [
        name.includes(".") ? directory.known(name) : name,
        limit,
      ]),
    );
  }

  get name(): string {
    return this.#transport.name;
  }

  get connections(): number {
    return this.#transport.connections;
  }

  async send(mail: RenderedMail, options: SendOptions = {}): Promise<Outcome> {
    if (this.#limits.size === 0 && this.#gates.size === 0) return this.#pass(mail, options);
    const entered = await this.#enter(options.recipients ?? recipientsOf(mail), options);
    if (!("leave" in entered)) return refusal(entered);
    try {
      return await this.#pass(mail, options);
    } finally {
      entered.leave();
    }
  }

  verify(options?: VerifyOptions): Promise<void> {
    return this.#transport.verify(options);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#gates.values()].map((gate) => gate.close()));
    await this.#transport.close();
  }

  /**
   * Whose complaint an answer is: that of the recipients' provider, or, where there is none to be named, that of the mail server itself.
   * For what stands between this and the server.
   */
  async blame(
    outcome: Outcome,
    recipients: readonly string[],
    startedAt: number,
  ): Promise<string | undefined> {
    const { code = 0, response, beforeRecipient = false } = outcome;
    const [provider, ...others] = await this.#providersOf(recipients);
    if (provider === undefined || others.length > 0) return undefined;
    return beforeRecipient || !isComplaint({ code, response }) || this.#isEverybodys(provider, startedAt)
      ? undefined
      : provider;
  }

  /** Another provider has just complained too, and nobody else's mail was taken since. */
  #isEverybodys(provider: string, startedAt: number): boolean {
    const { provider: before, at } = this.#lastComplaint;
    if (before === provider || startedAt - at >= TOGETHER) return false;
    return this.#taken.lastBeside((domain) => this.#options.directory.known(domain) === provider) < at;
  }

  async #pass(mail: RenderedMail, options: SendOptions): Promise<Outcome> {
    const startedAt = this.#now();
    const outcome = await this.#transport.send(mail, options);
    const [first = ""] = outcome.accepted;
    if (outcome.class === "sent") this.#noteTaken(domainOf(first), startedAt);
    if (isGood(outcome) || outcome.ownLimit) return outcome;
    return this.#heard(outcome, startedAt);
  }

  #noteTaken(domain: string, at: number): void {
    this.#taken.note(domain, at);
    if (this.#gates.size > 0) this.#gates.get(this.#options.directory.known(domain))?.noteSent();
  }

  /** A complaint of a provider slows this provider. An answer about one recipient is passed on unchanged. */
  async #heard(outcome: Outcome, startedAt: number): Promise<Outcome> {
    const { provider, response, refused, retryAfter = 0 } = outcome;
    if (refused.length === 0 && (outcome.class === "deferred" || isGreylisting(response)))
      return putOff(outcome);
    const delays = [retryAfter];
    if (provider !== undefined && refused.length === 0)
      delays.push(this.#complain(provider, response, startedAt));
    // A delay that the mail server itself asked for is kept by who stands before it.
    for (const { address, class: found, code = 0, response: words } of refused) {
      if (found === "rejected") continue;
      if (isComplaint({ code, response: words }) && retryAfter === 0)
        delays.push(this.#complain(await this.#options.directory.of(domainOf(address)), words, startedAt));
      delays.push(askedDelay(words) ?? 0);
    }
    const delay = Math.max(...delays);
    return delay > 0 ? { ...outcome, retryAfter: delay } : outcome;
  }

  /** @returns how long the provider is left alone, in ms */
  #complain(provider: string, reason: string, startedAt: number): number {
    const now = this.#now();
    this.#lastComplaint = { provider, at: now };
    const pace = this.#taken.paceOf((domain) => this.#options.directory.known(domain) === provider, now);
    const named = askedDelay(reason);
    const gate = this.#gates.get(provider) ?? this.#openGate(provider);
    return gate.complain({ reason, ...(named !== undefined && { named }) }, startedAt, pace);
  }

  async #enter(recipients: readonly string[], options: SendOptions): Promise<Entered> {
    const { signal, mayWait = true } = options;
    const end = this.#now() + (mayWait ? (this.#options.maxWait ?? 60_000) : 0);
    for (;;) {
      const entered = await this.#tryToEnter(recipients, options);
      if ("leave" in entered || entered.kind === "aborted" || this.#now() + entered.roomIn > end)
        return entered;
      if (!mayWait || entered.error !== undefined) return entered;
      await sleep(Math.max(10, entered.roomIn), undefined, { ...(signal && { signal }) }).catch(
        () => undefined,
      );
    }
  }

  /** Into all gates of the mail, or into none. */
  async #tryToEnter(
    recipients: readonly string[],
    { bulk = false, signal, peers }: SendOptions,
  ): Promise<Entered> {
    if (signal?.aborted) return { kind: "aborted", provider: "" };
    const left: (() => void)[] = [];
    const leave = () => {
      for (const each of left.splice(0)) each();
    };
    for (const provider of await this.#providersOf(recipients)) {
      const gate = this.#gateOf(provider);
      if (gate === undefined) continue;
      const domain = domainOf(recipients[0] ?? "");
      const entry = await gate.enter({ bulk, signal, peers: () => peers?.(domain) ?? 1, visitor: peers });
      if (entry.kind === "go") left.push(entry.leave);
      else {
        leave();
        return { ...entry, provider };
      }
    }
    return { leave };
  }

  async #providersOf(recipients: readonly string[]): Promise<readonly string[]> {
    const providers = new Set<string>();
    for (const address of recipients) {
      const provider = this.#options.directory.of(domainOf(address));
      providers.add(typeof provider === "string" ? provider : await provider);
    }
    return [...providers];
  }

  #gateOf(provider: string): ProviderGate | undefined {
    const gate = this.#gates.get(provider);
    if (gate === undefined) return this.#limitOf(provider) && this.#openGate(provider);
    if (this.#gates.size < MANY_GATES) return gate;
    // Those that are used stand last.
    this.#gates.delete(provider);
    this.#gates.set(provider, gate);
    return gate;
  }

  #limitOf(provider: string): ProviderLimit | undefined {
    return this.#limits.get(provider) ?? this.#limits.get("*");
  }

  #openGate(provider: string): ProviderGate {
    const { ledger, key, holder, onSlowed, onRecovered } = this.#options;
    if (this.#gates.size >= MANY_GATES) this.#closeIdle();
    const gate = new ProviderGate({
      ...{ ledger, holder, now: this.#now },
      limit: this.#limitOf(provider) ?? {},
      key: `${key} to ${provider}`,
      onSlowed: (slowed) => onSlowed({ provider, ...slowed }),
      onRecovered: (ms) => {
        onRecovered({ provider, ms });
        if (this.#limitOf(provider) === undefined) this.#gates.delete(provider);
      },
    });
    this.#gates.set(provider, gate);
    return gate;
  }

  /** A new gate knows from the store what the old one knew. Only some are looked at, those first that were not used for longest. */
  #closeIdle(): void {
    const oldest = this.#gates.entries();
    for (let count = 0; count < LOOKED_AT; count++) {
      const [provider = "", gate] = oldest.next().value ?? [];
      if (gate === undefined) return;
      this.#gates.delete(provider);
      if (gate.isIdle) void gate.close();
      else this.#gates.set(provider, gate);
    }
  }
}

function isGood({ class: found, refused }: Outcome): boolean {
  return found === "sent" && refused.length === 0;
}

/** It is the mail's own matter: it comes again, no sooner than it is asked to, and nobody else has to wait. */
function putOff(outcome: Outcome): Outcome {
  if (outcome.class !== "deferred" && outcome.class !== "throttled") return outcome;
  const delay = askedDelay(outcome.response);
  return { ...outcome, class: "deferred", ...(delay !== undefined && { retryAfter: delay }) };
}

function refusal(entry: Refused): Outcome {
  if (entry.kind === "aborted") return broken("before-dot", ABORTED);
  const { provider, reason, retryAfter, error } = entry;
  const asked =
    error instanceof Error ? `, and its limits cannot be asked for: ${error.message}` : `: ${reason}`;
  const response = `Mails to ${provider} have to wait${asked}`;
  return { class: "throttled", response, accepted: [], refused: [], retryAfter, ownLimit: true, provider };
}
