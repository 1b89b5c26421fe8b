interface Sized {
  readonly bytes: number;
}

/** Rows that wait until there are enough of them for a chunk. */
export class OpenChunk<Row extends Sized> {
  readonly timeZone: string | undefined;
  #rows: Row[] = [];
  #bytes = 0;

  constructor(timeZone: string | undefined) {
    this.timeZone = timeZone;
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(row: Row): void {
    this.#rows.push(row);
    this.#bytes += row.bytes;
  }

  /** Only these. */
  keep(rows: readonly Row[]): void {
    this.#rows = [...rows];
    this.#bytes = rows.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

/** One chunk for each time zone, because who is in one chunk is sent to at one time. */
export class OpenChunks<Row extends Sized> {
  readonly #byZone = new Map<string | undefined, OpenChunk<Row>>();

  of(timeZone: string | undefined): OpenChunk<Row> {
    const known = this.#byZone.get(timeZone);
    if (known) return known;
    const chunk = new OpenChunk<Row>(timeZone);
    this.#byZone.set(timeZone, chunk);
    return chunk;
  }

  get all(): readonly OpenChunk<Row>[] {
    return [...this.#byZone.values()];
  }

  get bytes(): number {
    let sum = 0;
    for (const { bytes } of this.#byZone.values()) sum += bytes;
    return sum;
  }

  /** The one that takes the most bytes. */
  get largest(): OpenChunk<Row> {
    return this.all.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  }
}
