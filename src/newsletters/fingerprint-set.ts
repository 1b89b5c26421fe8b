import { hash } from "node:crypto";

const WORDS = 4;
/** Each grows by itself, so that however many people there are, a small part of them is moved at once. */
const SEGMENTS = 1 << 10;
const FIRST_CAPACITY = 8;
const MOST_FULL = 0.75;
const GROWTH = 1.25;

/** Of the last word: somebody is there, and this reading of the audience has met them. */
const PRESENT = 1;
const MET = 2;
const FLAGS = PRESENT | MET;

/** What meeting a person shows: nobody knew them, an earlier planner did, or this reading of the audience had met them before. */
export type Meeting = "new" | "known" | "again";

/**
 * Which people are planned or were met, in 16 bytes each (126 bits of a SHA-256) and some room: a million people take at most 27 MB,
 * whatever their addresses are. Two people are taken for one with a chance of one in 10^26 for a million.
 */
export class FingerprintSet {
  readonly #segments = Array.from({ length: SEGMENTS }, () => new Segment());

  get size(): number {
    return this.#segments.reduce((sum, { size }) => sum + size, 0);
  }

  /** Of memory. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** The most people that were ever moved at once to make room, which nothing interrupts. */
  get largestMove(): number {
    return Math.max(...this.#segments.map(({ largestMove }) => largestMove));
  }

  /** Knows somebody whom an earlier planner planned. */
  remember(identity: string): void {
    const print = fingerprint(identity);
    this.#segmentOf(print).put(print);
  }

  /** Meets the person of a row. */
  meet(identity: string): Meeting {
    const print = fingerprint(identity);
    return this.#segmentOf(print).meet(print);
  }

  #segmentOf(print: Uint32Array): Segment {
    const segment = this.#segments[(print[1] ?? 0) % SEGMENTS];
    if (segment === undefined) throw new RangeError("There is no such segment.");
    return segment;
  }
}

/** A hash table that is searched from the place that the first word says, up to the next free one. */
class Segment {
  #table = new Uint32Array(FIRST_CAPACITY * WORDS);
  #size = 0;
  #largestMove = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#table.byteLength;
  }

  get largestMove(): number {
    return this.#largestMove;
  }

  /** @returns the place of the last word */
  put(print: Uint32Array): number {
    if (this.#size >= this.#capacity * MOST_FULL) this.#grow();
    const at = this.#placeOf(print);
    if (this.#table[at + WORDS - 1] === 0) {
      this.#table.set(print, at);
      this.#size += 1;
    }
    return at + WORDS - 1;
  }

  meet(print: Uint32Array): Meeting {
    const before = this.#size;
    const at = this.put(print);
    const word = this.#table[at] ?? 0;
    this.#table[at] = word | MET;
    if (this.#size > before) return "new";
    return (word & MET) === 0 ? "known" : "again";
  }

  get #capacity(): number {
    return this.#table.length / WORDS;
  }

  /** Where it is, or where it would be. */
  #placeOf(print: Uint32Array): number {
    let at = Math.floor(((print[0] ?? 0) / 2 ** 32) * this.#capacity) * WORDS;
    while (this.#table[at + WORDS - 1] !== 0 && !this.#holds(at, print))
      at = at + WORDS === this.#table.length ? 0 : at + WORDS;
    return at;
  }

  #holds(at: number, print: Uint32Array): boolean {
    const table = this.#table;
    const last = (table[at + 3] ?? 0) ^ (print[3] ?? 0);
    return (
      table[at] === print[0] &&
      table[at + 1] === print[1] &&
      table[at + 2] === print[2] &&
      (last & ~FLAGS) === 0
    );
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new Uint32Array(Math.ceil(this.#capacity * GROWTH) * WORDS);
    this.#largestMove = this.#size;
    for (let at = 0; at < old.length; at += WORDS)
      if (old[at + WORDS - 1] !== 0)
        this.#table.set(old.subarray(at, at + WORDS), this.#placeOf(old.subarray(at, at + WORDS)));
  }
}

/** The first 128 bits of the SHA-256 of an identity, as text. */
export function fingerprintOf(identity: string): string {
  return hash("sha256", identity, "buffer").toString("base64url", 0, WORDS * 4);
}

function fingerprint(identity: string): Uint32Array {
  const digest = hash("sha256", identity, "buffer");
  const words = Uint32Array.from({ length: WORDS }, (_, index) => digest.readUInt32LE(index * 4));
  words[WORDS - 1] = ((words[WORDS - 1] ?? 0) & ~FLAGS) | PRESENT;
  return words;
}
