import type { NewsletterStore, PlannerClaim } from "./newsletter-store.ts";

export interface PlannerLeaseOptions {
  readonly ledger: Pick<NewsletterStore, "renewPlanner" | "releasePlanner">;
  readonly newsletter: string;
  readonly planner: PlannerClaim;
}

/** Keeps a planner's lease while it plans, however long it waits for the next row of its audience. */
export class PlannerLease {
  readonly #options: PlannerLeaseOptions;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #renewal: Promise<void> | undefined;

  constructor(options: PlannerLeaseOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#renew(), options.planner.leaseMs / 3);
    // An audience that nothing can ever bring a row to must not keep the process alive.
    this.#timer.unref();
  }

  /** Aborts when another planner has it, or it was cancelled. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Ends renewing; the lease runs on. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewal;
  }

  /** So that the next try begins at once. Where the store does not take it, the lease runs out by itself. */
  async giveBack(): Promise<void> {
    const { ledger, newsletter, planner } = this.#options;
    await ledger.releasePlanner(newsletter, planner.token).catch(() => undefined);
  }

  #renew(): void {
    this.#renewal ??= this.#renewNow().finally(() => {
      this.#renewal = undefined;
    });
  }

  /** What the store does not take now is tried again at the next turn; a lease that ran out meanwhile is found out by the next write. */
  async #renewNow(): Promise<void> {
    const { ledger, newsletter, planner } = this.#options;
    const isMine = await ledger.renewPlanner(newsletter, planner).catch(() => true);
    if (!isMine)
      this.#lost.abort(
        new Error(
          "Another process plans this newsletter, because this one did not say for long that it still does.",
        ),
      );
  }
}
