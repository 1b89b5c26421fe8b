import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataBlock, FINAL_DOT } from "../../../src/transports/smtp/data-block.ts";

const written = (message: Buffer) => Buffer.concat([...dataBlock(message), FINAL_DOT]).toString("latin1");

/** As a server reads it (RFC 5321 4.5.2). */
function received(wire: string): string {
  const end = wire.startsWith(".\r\n") ? 0 : wire.indexOf("\r\n.\r\n") + 2;
  return wire.slice(0, end).replace(/^\.|(?<=\r\n)\./g, "");
}

const message = fc
  .array(fc.constantFrom(".", "..", "a", "\r\n", "\r\n.", "\r\n.\r\n", "é"), { maxLength: 12 })
  .map((parts) => Buffer.from(parts.join(""), "latin1"));

describe("a message after DATA", () => {
  it("is what the server reads, to its last line's end, and ends nowhere before", () => {
    fc.assert(
      fc.property(message, (given) => {
        const text = given.toString("latin1");
        const wire = written(given);
        expect(received(wire)).toBe(text.endsWith("\r\n") ? text : `${text}\r\n`);
        expect(wire.indexOf("\r\n.\r\n") + 5).toBe(wire.length);
      }),
    );
  });

  it("holds no final dot for servers that take a lone LF for a line's end either", () => {
    expect(written(Buffer.from("a\n.\r\nMAIL FROM:<evil@example.com>\r\n"))).toContain("a\n..\r\n");
  });

  it("is not copied where there is nothing to stuff", () => {
    const given = Buffer.from("a\r\nb\r\n");
    expect(dataBlock(given)).toEqual([given]);
    expect(dataBlock(given)[0]?.buffer).toBe(given.buffer);
  });
});
