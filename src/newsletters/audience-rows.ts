import { Readable } from "node:stream";
import { InvalidOptionsError } from "../errors/errors.ts";
import type { Audience } from "../jobs/newsletter.ts";

/** Audiences that can be read once and were: a generator that is over gives no rows, and no error. */
const spent = new WeakSet<object>();

/**
 * @param where whose it is, for the error
 * @throws InvalidOptionsError when it cannot be read, or was read before and has nothing left
 */
export function checkAudience(where: string, audience: unknown): void {
  const problem = problemOf(audience);
  if (problem !== undefined) throw new InvalidOptionsError(where, [problem]);
}

function problemOf(audience: unknown): string | undefined {
  if (typeof audience === "string") return "the audience is a text; give a list of recipients";
  if (audience instanceof Promise) return "the audience is a promise; await it";
  if (typeof audience !== "object" || audience === null || !isIterable(audience))
    return "the audience cannot be iterated; give an array, a generator, a cursor or a stream";
  return spent.has(audience)
    ? "the audience was read before and cannot be read twice; make a new generator, cursor or stream"
    : undefined;
}

function isIterable(value: object): boolean {
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}

/**
 * The rows of an audience. Unlike `for await` it does not wait for a row that does not come once it is told to stop.
 * @throws what the audience throws, or the reason of `stop`
 */
export async function* rowsOf(audience: Audience<unknown>, stop: AbortSignal): AsyncGenerator<unknown> {
  const rows = new RowReader(audience, stop);
  try {
    for (let row = await rows.next(); row.done !== true; row = await rows.next()) yield row.value;
  } finally {
    await rows.close();
  }
}

class RowReader {
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>;
  readonly #stop: AbortSignal;
  #refuse: (reason: unknown) => void = () => undefined;
  /** Whether it has come to its end, thrown, or been asked for a row that has not come: nothing is to be closed then. */
  #isOver = false;

  constructor(audience: Audience<unknown>, stop: AbortSignal) {
    this.#iterator =
      Symbol.asyncIterator in audience ? audience[Symbol.asyncIterator]() : audience[Symbol.iterator]();
    if (Object.is(this.#iterator, audience) || audience instanceof Readable) spent.add(audience);
    this.#stop = stop;
    stop.addEventListener("abort", () => this.#refuse(stop.reason));
  }

  async next(): Promise<IteratorResult<unknown>> {
    this.#stop.throwIfAborted();
    this.#isOver = true;
    const result = await new Promise<IteratorResult<unknown>>((resolve, reject) => {
      this.#refuse = reject;
      Promise.resolve(this.#iterator.next()).then(resolve, reject);
    });
    if (typeof result !== "object" || result === null)
      throw new TypeError("the audience's iterator gave a result that is no object");
    this.#isOver = result.done === true;
    return result;
  }

  /** Where the reader stopped before the audience did. Planning has an error of its own then, so what this throws is not told. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    try {
      await this.#iterator.return?.();
    } catch {
      return;
    }
  }
}
