import { deflateRawSync, inflateRawSync } from "node:zlib";
import { byteOf, outcomeOf, type RecipientOutcome } from "../outcome.ts";

/** What a server or an error said of one recipient's mail. */
export interface Answer {
  /** The recipient's place in the chunk. */
  readonly index: number;
  readonly outcome: RecipientOutcome;
  /** The SMTP reply code, where there was a reply. */
  readonly code?: number;
  readonly response: string;
  readonly at: Date;
}

/** Several answers as a store keeps them. */
export interface PackedAnswers {
  readonly bytes: Uint8Array;
  readonly count: number;
}

const VERSION = 1;
/** Of a response, in UTF-16 code units: servers' own limit is 512 bytes a line. */
const LONGEST_RESPONSE = 1_000;

/**
 * Answers that are not stored yet. It holds lists of numbers and texts and no object for each mail, because every mail of a newsletter
 * passes it; packed, an answer takes 8 to 15 bytes, most of which are the server's queue id.
 */
export class AnswerLog {
  readonly #indexes: number[] = [];
  readonly #outcomes: number[] = [];
  readonly #codes: number[] = [];
  readonly #times: number[] = [];
  readonly #responses: string[] = [];

  get size(): number {
    return this.#indexes.length;
  }

  /** @param at in ms since 1970 */
  add(index: number, outcome: RecipientOutcome, response: string, code = 0, at = Date.now()): void {
    this.#indexes.push(index);
    this.#outcomes.push(byteOf(outcome));
    this.#codes.push(code);
    this.#times.push(at);
    this.#responses.push(response.slice(0, LONGEST_RESPONSE));
  }

  /** All that it holds; `forget` lets go of them when they are stored. */
  pack(): PackedAnswers {
    const count = this.#indexes.length;
    const [first = 0] = this.#times;
    const columns = [
      this.#indexes,
      this.#outcomes,
      this.#codes,
      this.#times.map((time, at) => time - (this.#times[at - 1] ?? first)),
      this.#responses,
    ];
    const body = deflateRawSync(Buffer.from(JSON.stringify([first, ...columns]), "utf8"));
    return { bytes: Buffer.concat([Uint8Array.of(VERSION), body]), count };
  }

  /** The first so many, because they are stored. */
  forget(count: number): void {
    for (const column of [this.#indexes, this.#outcomes, this.#codes, this.#times, this.#responses])
      column.splice(0, count);
  }
}

type Columns = readonly [number, number[], number[], number[], number[], string[]];

/** In the order in which they came. What a later version wrote is left out. */
export function unpackAnswers(bytes: Uint8Array): readonly Answer[] {
  if (bytes[0] !== VERSION) return [];
  const text = inflateRawSync(bytes.subarray(1)).toString("utf8");
  // `pack` wrote it.
  const [first, indexes, outcomes, codes, steps, responses] = JSON.parse(text) as Columns;
  let at = first;
  return indexes.map((index, place) => {
    at += steps[place] ?? 0;
    const code = codes[place] ?? 0;
    return {
      index,
      outcome: outcomeOf(outcomes[place] ?? 0),
      response: responses[place] ?? "",
      at: new Date(at),
      ...(code > 0 && { code }),
    };
  });
}

/** Answers packed at once, for what is not one of many. @param at of all of them */
export function packAnswers(answers: readonly Omit<Answer, "at">[], at = Date.now()): PackedAnswers {
  const log = new AnswerLog();
  for (const { index, outcome, response, code } of answers) log.add(index, outcome, response, code, at);
  return log.pack();
}
