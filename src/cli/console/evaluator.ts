import { type REPLServer, Recoverable, start } from "node:repl";
import { PassThrough } from "node:stream";
import { inspect, types } from "node:util";

/** What came of a piece of code. */
export type Evaluated =
  | { readonly kind: "value"; readonly value: unknown }
  /** It is no whole statement yet; nothing of it was performed. */
  | { readonly kind: "unfinished"; readonly problem: string }
  /** It threw, or something that an earlier piece began did. */
  | { readonly kind: "error"; readonly problem: string };

/**
 * Performs JavaScript as Node's prompt does, `await` outside of functions included, but tells when it is over: the prompt reads on while
 * what it performs is under way.
 */
export class Evaluator {
  readonly #repl: REPLServer;
  /** Resolves with what it says, if it ever does: only of errors that are thrown past what is performed does it say anything. */
  readonly #thrown: Promise<string>;

  constructor() {
    const output = new PassThrough();
    this.#thrown = firstTextOf(output);
    // Nothing is ever read from its input.
    const input = new PassThrough();
    this.#repl = start({ input, output, terminal: false, useGlobal: true, prompt: "" });
  }

  /** A promise that is not awaited is waited for too. */
  run(code: string): Promise<Evaluated> {
    const thrown = this.#thrown.then((problem) => ({ kind: "error", problem }) as const);
    return Promise.race([this.#evaluate(code).then(settled), thrown]);
  }

  close(): void {
    this.#repl.close();
  }

  #evaluate(code: string): Promise<Evaluated> {
    const { eval: evaluate, context } = this.#repl;
    return new Promise((resolve) => {
      const end = (error: Error | null, value: unknown) => resolve(evaluated(error, value));
      evaluate.call(this.#repl, code, context, "console", end);
    });
  }
}

/** Its empty prompt is no text. */
function firstTextOf(output: PassThrough): Promise<string> {
  return new Promise((resolve) => {
    output.on("data", (chunk) => {
      const text = String(chunk).trim();
      if (text !== "") resolve(text);
    });
  });
}

async function settled(evaluated: Evaluated): Promise<Evaluated> {
  if (evaluated.kind !== "value" || !types.isPromise(evaluated.value)) return evaluated;
  return evaluated.value.then(
    (value) => ({ kind: "value", value }),
    (error: unknown) => ({ kind: "error", problem: `Uncaught ${inspect(error)}` }),
  );
}

function evaluated(error: Error | null, value: unknown): Evaluated {
  if (error === null) return { kind: "value", value };
  if (error instanceof Recoverable) return { kind: "unfinished", problem: error.err.message };
  return { kind: "error", problem: `Uncaught ${inspect(error)}` };
}
