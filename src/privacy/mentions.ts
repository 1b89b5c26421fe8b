import type { Json } from "../jobs/job-record.ts";

/** Finds one address in texts, in whatever letters it is written there, and not within a longer one. */
export class Mentions {
  readonly #pattern: RegExp;

  constructor(address: string) {
    const literal = address.normalize("NFC").replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    this.#pattern = new RegExp(
      `(?<![\\p{L}\\p{N}._%+-])${literal}(?![\\p{L}\\p{N}_-]|\\.[\\p{L}\\p{N}])`,
      "giu",
    );
  }

  /** Whether any text in it, keys too, holds the address. */
  isIn(value: Json | undefined): boolean {
    if (typeof value === "string") return this.#isInText(value);
    if (typeof value !== "object" || value === null) return false;
    if (Array.isArray(value)) return value.some((item: Json) => this.isIn(item));
    return Object.entries(value).some(
      ([key, inner]: [string, Json]) => this.#isInText(key) || this.isIn(inner),
    );
  }

  /** The text without the address. */
  without(text: string): string {
    return text.normalize("NFC").replace(this.#pattern, "[erased]");
  }

  #isInText(text: string): boolean {
    this.#pattern.lastIndex = 0;
    return this.#pattern.test(text.normalize("NFC"));
  }
}
