import { describe, expect, it } from "vitest";
import {
  encodeHeader,
  encodeRecord,
  GAPS_AT,
  type JournalHeader,
  type Mark,
  RECORD_BYTES,
  readJournal,
  seedOf,
} from "../../../src/newsletters/journal/journal-format.ts";

const HEADER: JournalHeader = { chunk: "b:000001", token: "t", worker: "host:1", pid: 1, boot: "boot" };
const MARKS: readonly (readonly [number, Mark])[] = [
  [0, { kind: "dot" }],
  [1, { kind: "dot" }],
  [0, { kind: "reply", outcome: 2, code: 250 }],
  [70_000, { kind: "dot" }],
  [2, { kind: "begun" }],
];

function aJournal(header = HEADER, marks = MARKS): Buffer {
  const head = encodeHeader(header);
  const records = marks.map(([index, mark]) => {
    const record = Buffer.alloc(RECORD_BYTES);
    encodeRecord(record, seedOf(head), index, mark);
    return record;
  });
  return Buffer.concat([head, ...records]);
}

const HEAD_BYTES = encodeHeader(HEADER).length;

describe("a journal", () => {
  it("gives back what was written: the last mark of each recipient", () => {
    expect(readJournal(aJournal())).toEqual({
      header: HEADER,
      hasGaps: false,
      marks: new Map<number, Mark>([
        [0, { kind: "reply", outcome: 2, code: 250 }],
        [1, { kind: "dot" }],
        [70_000, { kind: "dot" }],
        [2, { kind: "begun" }],
      ]),
    });
  });

  it("says when records could not be written", () => {
    const journal = aJournal();
    journal.writeUInt8(1, GAPS_AT);
    expect(readJournal(journal)).toMatchObject({ hasGaps: true });
  });

  it("that is cut off, at whatever byte, gives every record that is whole, and says so", () => {
    const whole = aJournal();
    for (let length = 0; length < whole.length; length++) {
      const read = readJournal(whole.subarray(0, length));
      if (length < HEAD_BYTES) {
        expect(read).toEqual({ unreadable: `it is cut off after ${length} bytes` });
        continue;
      }
      const records = Math.floor((length - HEAD_BYTES) / RECORD_BYTES);
      const rest = (length - HEAD_BYTES) % RECORD_BYTES;
      expect(read).toMatchObject({ marks: new Map(MARKS.slice(0, records)) });
      expect("damage" in read ? read.damage : undefined).toBe(
        rest === 0 ? undefined : `its last record is cut off after ${rest} bytes`,
      );
    }
  });

  it("of which one byte is another, whichever, gives nothing that was not written", () => {
    const whole = aJournal();
    for (let at = 0; at < whole.length; at++) {
      if (at === GAPS_AT) continue;
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0x40, at);
      const read = readJournal(damaged);
      if ("unreadable" in read) continue;
      expect(read.damage).toBe("1 of its records are damaged");
      for (const [index, mark] of read.marks)
        expect(MARKS.filter(([written]) => written === index).map(([, each]) => each)).toContainEqual(mark);
    }
  });

  it("with the records of another has none of them", () => {
    const other = aJournal({ ...HEADER, token: "u" });
    const mixed = Buffer.concat([encodeHeader(HEADER), other.subarray(HEAD_BYTES)]);
    expect(readJournal(mixed)).toMatchObject({
      marks: new Map(),
      damage: `${MARKS.length} of its records are damaged`,
    });
  });

  it("of another version, or something else altogether, is told apart", () => {
    const later = aJournal();
    later.writeUInt8(2, 8);
    expect(readJournal(later)).toEqual({ unreadable: "it is of version 2, and this is version 1" });
    expect(readJournal(Buffer.from("a letter to the editor"))).toEqual({ unreadable: "it is no journal" });
  });
});
