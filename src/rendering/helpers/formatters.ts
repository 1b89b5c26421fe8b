/** `Intl` objects cost far more to make than to use, and a newsletter has few different ones. */
export class Formatters<F> {
  readonly #make: (locale: string, options: object) => F;
  readonly #made = new Map<string, F>();

  constructor(make: (locale: string, options: object) => F) {
    this.#make = make;
  }

  /** @throws RangeError for options that `Intl` does not take */
  get(locale: string, options: object): F {
    const key = `${locale} ${JSON.stringify(options)}`;
    const formatter = this.#made.get(key) ?? this.#make(locale, options);
    // Time zones and options may come from data; a process that meets ever new ones must not keep them all.
    if (this.#made.size >= MOST) this.#made.clear();
    this.#made.set(key, formatter);
    return formatter;
  }
}

const MOST = 1000;
