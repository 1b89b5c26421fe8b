import { application } from "../jobs/application.ts";
import type { DelayOptions } from "../jobs/delay-options.ts";
import { CALL, type DelayableCall } from "../jobs/delayable-call.ts";
import type { Call, HandlerSettings } from "../jobs/handler.ts";
import type { Job } from "../jobs/job.ts";

/** A call as its job or record makes it. */
export interface JobCallOrigin
  extends Pick<Call, "handler" | "action" | "args">,
    Partial<Pick<Call, "params">> {
  readonly settings: HandlerSettings;
  readonly meta?: Call["meta"];
}

/**
 * A call of a job or of a record's method that has not been made yet: nothing runs until `performNow()` or `performLater()`. Schedules,
 * batches and `delayAll` take it.
 */
export class JobCall<A extends readonly unknown[] = readonly unknown[], R = unknown>
  implements DelayableCall
{
  readonly handler: string;
  readonly action: string;
  readonly args: A;
  readonly params: Call["params"];
  readonly settings: HandlerSettings;
  readonly [CALL] = true;
  readonly #meta: Call["meta"];

  constructor({
    handler,
    action,
    args,
    params = {},
    settings,
    meta = {},
  }: JobCallOrigin & { readonly args: A }) {
    this.handler = handler;
    this.action = action;
    this.args = args;
    this.params = params;
    this.settings = settings;
    this.#meta = meta;
  }

  meta(): Call["meta"] {
    return this.#meta;
  }

  /**
   * Performs it here and now, hooks included, with one attempt; nothing is stored.
   * @throws what it throws, after its `failure` hook
   */
  async performNow(): Promise<R> {
    // What the job's function gives is what its type says.
    return (await (await application()).performNow(this)) as R;
  }

  /**
   * Stores it; a worker performs it.
   * @throws InvalidOptionsError | InvalidArgumentsError | UnstorableValueError | PayloadTooLargeError | UnknownActionError |
   * DuplicateKeyError | StoreError
   */
  async performLater(options: DelayOptions = {}): Promise<Job<A, R>> {
    const [job] = await (await application()).post([{ call: this, options }]);
    if (job === undefined) throw new Error("The store answered a posting with no job.");
    // It was stored from this very call.
    return job as Job<A, R>;
  }
}
