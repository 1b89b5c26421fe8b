import { crc32 } from "node:zlib";
import { z } from "zod";

/** Whose journal it is: one attempt at one chunk. */
export interface JournalHeader {
  readonly chunk: string;
  /** The fence of that attempt. */
  readonly token: string;
  /** For people, as `host:pid`. */
  readonly worker: string;
  readonly pid: number;
  /** Names one run of one machine's kernel; empty where that cannot be told. */
  readonly boot: string;
}

/** What is known of a mail: it was begun, its final dot was about to leave, or the answer to it was read. */
export type Mark =
  | { readonly kind: "begun" }
  | { readonly kind: "dot" }
  /** @property outcome the byte that stands for it in the ledger; of a mail that was answered and is to be sent again, that of `pending` */
  | { readonly kind: "reply"; readonly outcome: number; readonly code: number };

export interface ReadJournal {
  readonly header: JournalHeader;
  /** The last one of each recipient, by his place in the chunk. */
  readonly marks: ReadonlyMap<number, Mark>;
  /** Some of its records could not be written. */
  readonly hasGaps: boolean;
  /** What is wrong with it, where something is. */
  readonly damage?: string;
}

/** A file that is no journal, or not one that this version can read. */
export interface Unreadable {
  readonly unreadable: string;
}

export const VERSION = 1;
const MAGIC = Buffer.from("dmailjnl");
/** Magic, version, gaps, length of the header's JSON, its checksum. */
const PREFIX = 16;
const VERSION_AT = 8;
/** A byte that becomes 1 when a record could not be written. It is there from the beginning, so that a full disk is no hindrance. */
export const GAPS_AT = 9;
/** Kind, outcome, SMTP code, index, checksum. */
export const RECORD_BYTES = 12;
const KINDS = { dot: 1, reply: 2, begun: 3 } as const;

const headerSchema = z.object({
  chunk: z.string().min(1),
  token: z.string(),
  worker: z.string(),
  pid: z.int(),
  boot: z.string(),
});

export function encodeHeader(header: JournalHeader): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(PREFIX);
  MAGIC.copy(prefix);
  prefix.writeUInt8(VERSION, VERSION_AT);
  prefix.writeUInt16LE(json.length, 10);
  prefix.writeUInt32LE(crc32(json), 12);
  return Buffer.concat([prefix, json]);
}

/** What the checksums of a journal's records begin with, so that a record of another journal is none of this. */
export function seedOf(header: Buffer): number {
  return header.readUInt32LE(12);
}

const NO_ANSWER = { outcome: 0, code: 0 };

/** Written into `record`, which is used again for each. */
export function encodeRecord(record: Buffer, seed: number, index: number, mark: Mark): void {
  const { outcome, code } = mark.kind === "reply" ? mark : NO_ANSWER;
  record.writeUInt8(KINDS[mark.kind], 0);
  record.writeUInt8(outcome, 1);
  record.writeUInt16LE(code, 2);
  record.writeUInt32LE(index, 4);
  record.writeUInt32LE(crc32(record.subarray(0, 8), seed), 8);
}

/** Everything in it that is whole: a record that is not costs nothing but itself. */
export function readJournal(bytes: Buffer): ReadJournal | Unreadable {
  const head = readHeader(bytes);
  if ("unreadable" in head) return head;
  const marks = new Map<number, Mark>();
  const seed = seedOf(bytes);
  let at = head.end;
  let damaged = 0;
  for (; at + RECORD_BYTES <= bytes.length; at += RECORD_BYTES) {
    const record = bytes.subarray(at, at + RECORD_BYTES);
    const mark = crc32(record.subarray(0, 8), seed) === record.readUInt32LE(8) ? markOf(record) : undefined;
    if (mark) marks.set(record.readUInt32LE(4), mark);
    else damaged += 1;
  }
  const damage = damageOf(damaged, bytes.length - at);
  const hasGaps = bytes.readUInt8(GAPS_AT) !== 0;
  return { header: head.header, marks, hasGaps, ...(damage !== undefined && { damage }) };
}

type Head = { readonly header: JournalHeader; readonly end: number };

function readHeader(bytes: Buffer): Head | Unreadable {
  if (bytes.length < PREFIX) return { unreadable: `it is cut off after ${bytes.length} bytes` };
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return { unreadable: "it is no journal" };
  const version = bytes.readUInt8(VERSION_AT);
  if (version !== VERSION)
    return { unreadable: `it is of version ${version}, and this is version ${VERSION}` };
  const end = PREFIX + bytes.readUInt16LE(10);
  const json = bytes.subarray(PREFIX, end);
  if (bytes.length < end) return { unreadable: `it is cut off after ${bytes.length} bytes` };
  if (crc32(json) !== bytes.readUInt32LE(12)) return { unreadable: "its head is damaged" };
  const header = headerSchema.safeParse(parsed(json.toString()));
  return header.success ? { header: header.data, end } : { unreadable: "its head names no chunk" };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function markOf(record: Buffer): Mark | undefined {
  switch (record.readUInt8(0)) {
    case KINDS.begun:
      return { kind: "begun" };
    case KINDS.dot:
      return { kind: "dot" };
    case KINDS.reply:
      return { kind: "reply", outcome: record.readUInt8(1), code: record.readUInt16LE(2) };
    default:
      return undefined;
  }
}

function damageOf(records: number, rest: number): string | undefined {
  if (records > 0) return `${records} of its records are damaged`;
  return rest > 0 ? `its last record is cut off after ${rest} bytes` : undefined;
}
