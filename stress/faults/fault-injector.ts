import { setTimeout as sleep } from "node:timers/promises";
import type { Crew } from "../crew/crew.ts";
import type { Ledger } from "../ledger.ts";
import type { Random } from "../random.ts";
import type { Fault } from "./fault.ts";

export interface FaultInjectorOptions {
  readonly crew: Crew;
  readonly ledger: Ledger;
  readonly faults: Readonly<Record<string, Fault>>;
  readonly random: Random;
  /** How long on average until the next one, in ms. */
  readonly everyMs: number;
  /** Told of each that was done, and how often it was. */
  readonly onDone?: (name: string, count: number) => void;
}

/** Does one bad thing after another, some at the same time, as the random numbers say. */
export class FaultInjector {
  readonly #options: FaultInjectorOptions;
  readonly #counts = new Map<string, number>();
  readonly #lasting = new Set<Promise<void>>();
  #storeIsHit = false;
  #number = 0;

  constructor(options: FaultInjectorOptions) {
    this.#options = options;
  }

  /** How often each was done. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Goes on until it is told to stop, and all that lasts has ended. */
  async run(stop: AbortSignal): Promise<void> {
    const { random, everyMs, faults } = this.#options;
    const weights = Object.fromEntries(Object.entries(faults).map(([name, { weight }]) => [name, weight]));
    for (;;) {
      await sleep(2 * everyMs * random.next(), undefined, { signal: stop }).catch(() => undefined);
      if (stop.aborted) break;
      await this.#begin(random.weighted(weights));
    }
    await Promise.all(this.#lasting);
  }

  async #begin(name: string): Promise<void> {
    const { crew, random, faults } = this.#options;
    const fault = faults[name];
    if (fault === undefined || (fault.of === "the store" && this.#storeIsHit)) return;
    const over = this.#tell(name, fault);
    const begun = await fault.begin(crew, random);
    if (begun) this.#count(name);
    const lasting = sleep(begun?.ms ?? 0)
      .then(begun?.end)
      .then(over)
      .finally(() => this.#lasting.delete(lasting));
    this.#lasting.add(lasting);
  }

  #count(name: string): void {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    this.#options.onDone?.(name, count);
  }

  /** What happens to a process the process itself tells. @returns to be called when it is over */
  #tell(fault: string, { of }: Fault): () => void {
    const { ledger } = this.#options;
    const number = ++this.#number;
    if (of === "the store") this.#storeIsHit = true;
    if (of !== "a process") ledger.write({ what: "fault", fault, number });
    return () => {
      if (of === "the store") this.#storeIsHit = false;
      if (of !== "a process") ledger.write({ what: "over", fault, number });
    };
  }
}
