import { Random } from "../random.ts";

/** One newsletter: everything about it follows from its key and the seed of the run, so that whoever plans it again reads the same people. */
export interface Issue {
  readonly key: string;
  /** Rows of its audience. */
  readonly size: number;
  readonly chunkSize: number;
  /** How long the reader of the audience rests after every 25 rows, in ms. */
  readonly restMs: number;
}

/** How often a row is of a kind, compared with the others. */
const KINDS = {
  good: 960,
  /** The mail server answers 550. */
  refused: 10,
  /** The mail server answers 451 at first. */
  greylisted: 15,
  /** The template prints what the row does not have. */
  bad: 5,
  /** Does not pass the mailer's schema. */
  wrong: 5,
  /** The person of the first row, in capitals. */
  again: 5,
} as const;

export type RowKind = keyof typeof KINDS;

export interface Row {
  readonly kind: RowKind;
  readonly recipient: { readonly email: string; readonly name?: string };
}

const DOMAIN = ".news.example.com";

/** 50 to 2,000 rows, more often few than many, in chunks of 20 to 500. */
export function issueOf(seed: number, key: string): Issue {
  const random = new Random(seed, key);
  return {
    key,
    size: Math.round(50 * 40 ** random.next()),
    chunkSize: Math.round(20 * 25 ** random.next()),
    restMs: random.chance(0.5) ? random.integer(1, 60) : 0,
  };
}

/** The rows of its audience, in order. */
export function* rowsOf({ key, size }: Pick<Issue, "key" | "size">): Generator<Row> {
  const random = new Random(size, key);
  yield rowOf("good", 1, key);
  for (let number = 2; number <= size; number++) yield rowOf(random.weighted(KINDS), number, key);
}

function rowOf(kind: RowKind, number: number, key: string): Row {
  const name = `Reader ${number}`;
  if (kind === "wrong") return { kind, recipient: { email: `nowhere ${number}`, name } };
  if (kind === "bad") return { kind, recipient: { email: addressOf(kind, number, key) } };
  if (kind === "again") return { kind, recipient: { email: addressOf("good", 1, key).toUpperCase(), name } };
  return { kind, recipient: { email: addressOf(kind, number, key), name } };
}

function addressOf(kind: RowKind, number: number, key: string): string {
  return `${kind}-${number}@${key}${DOMAIN}`;
}

/** Everybody who is to get it, each once: by identity, with the kind of his row. */
export function peopleOf(issue: Pick<Issue, "key" | "size">): ReadonlyMap<string, RowKind> {
  const people = new Map<string, RowKind>();
  for (const { kind, recipient } of rowsOf(issue)) {
    const identity = recipient.email.toLowerCase();
    if (kind !== "wrong" && !people.has(identity)) people.set(identity, kind);
  }
  return people;
}

/** Of a recipient of a newsletter; undefined for anybody else. */
export function rowKindOf(address: string): RowKind | undefined {
  const [, kind = ""] = /^([a-z]+)-\d+@/.exec(address) ?? [];
  return address.endsWith(DOMAIN) && Object.hasOwn(KINDS, kind) ? (kind as RowKind) : undefined;
}
