/** How often each of several names came. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** The most frequent first; of those that came as often, the one that came first. */
  get sorted(): readonly { readonly name: string; readonly count: number }[] {
    const all = Array.from(this.#counts, ([name, count]) => ({ name, count }));
    return all.sort((a, b) => b.count - a.count);
  }
}
