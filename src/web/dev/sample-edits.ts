import { randomBytes } from "node:crypto";

/** How many are remembered; the oldest goes first. */
const MOST = 200;

/** Arguments that somebody typed over those of a sample. They are kept here, so that an address of a page holds a name and no value. */
export class SampleEdits {
  readonly #edits = new Map<string, readonly unknown[]>();

  /** @returns the name to ask for them by */
  add(args: readonly unknown[]): string {
    const name = randomBytes(6).toString("base64url");
    this.#edits.set(name, args);
    for (const oldest of this.#edits.keys()) {
      if (this.#edits.size <= MOST) break;
      this.#edits.delete(oldest);
    }
    return name;
  }

  get(name: string | undefined): readonly unknown[] | undefined {
    return name === undefined ? undefined : this.#edits.get(name);
  }
}
