/** Answers that do not change, the newest so many of them, so that a page that is read again and again costs its reads once. */
export class Remembered<T> {
  readonly #most: number;
  readonly #answers = new Map<string, Promise<T>>();

  constructor(most: number) {
    this.#most = most;
  }

  /** An answer that was an error is asked for anew. @param name says everything that the answer depends on */
  get(name: string, read: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(name);
    if (known !== undefined) return known;
    const answer = read();
    this.#answers.set(name, answer);
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= this.#most) break;
      this.#answers.delete(oldest);
    }
    answer.catch(() => this.#answers.delete(name));
    return answer;
  }
}
