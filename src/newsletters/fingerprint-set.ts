import { createHash } from "node:crypto";

const WORDS = 4;
const FIRST_CAPACITY = 1 << 12;
const MOST_FULL = 0.7;

/**
 * Which people have been seen, in 16 bytes each (128 bits of a SHA-256) and some room: a million people are about 32 MB, whatever their
 * addresses are. Two people are taken for one with a chance of one in 10^26 for a million.
 */
export class FingerprintSet {
  #table = new Uint32Array(FIRST_CAPACITY * WORDS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @returns whether it was not there before */
  add(identity: string): boolean {
    if (this.#size >= (this.#table.length / WORDS) * MOST_FULL) this.#grow();
    return this.#insert(fingerprint(identity));
  }

  has(identity: string): boolean {
    return !this.#isFree(this.#slotOf(fingerprint(identity)));
  }

  #insert(print: Uint32Array): boolean {
    const slot = this.#slotOf(print);
    if (!this.#isFree(slot)) return false;
    this.#table.set(print, slot * WORDS);
    this.#size += 1;
    return true;
  }

  /** Where it is, or where it would be. */
  #slotOf(print: Uint32Array): number {
    const last = this.#table.length / WORDS - 1;
    let slot = (print[0] ?? 0) & last;
    while (!this.#isFree(slot) && !this.#holds(slot, print)) slot = (slot + 1) & last;
    return slot;
  }

  /** The last word of a fingerprint is never 0. */
  #isFree(slot: number): boolean {
    return this.#table[slot * WORDS + WORDS - 1] === 0;
  }

  #holds(slot: number, print: Uint32Array): boolean {
    const at = slot * WORDS;
    return print.every((word, index) => this.#table[at + index] === word);
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new Uint32Array(old.length * 2);
    this.#size = 0;
    for (let at = 0; at < old.length; at += WORDS)
      if (old[at + WORDS - 1] !== 0) this.#insert(old.subarray(at, at + WORDS));
  }
}

function fingerprint(identity: string): Uint32Array {
  const digest = createHash("sha256").update(identity).digest();
  const words = Array.from({ length: WORDS }, (_, index) => digest.readUInt32LE(index * 4));
  return Uint32Array.from(words, (word, index) => (index === WORDS - 1 ? word | 1 : word));
}
