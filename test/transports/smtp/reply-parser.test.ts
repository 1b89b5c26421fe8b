import { describe, expect, it } from "vitest";
import type { Reply } from "../../../src/transports/outcome.ts";
import { BadReplyError, ReplyParser } from "../../../src/transports/smtp/reply-parser.ts";

function read(...chunks: readonly (Buffer | string)[]): readonly Reply[] {
  const parser = new ReplyParser();
  const replies: Reply[] = [];
  for (const chunk of chunks) parser.read(Buffer.from(chunk), (reply) => replies.push(reply));
  return replies;
}

const TALK = "250-first\r\n250 last\r\n354\r\n550 5.1.1 böse\r\n";
const REPLIES = [
  { code: 250, response: "250-first\n250 last" },
  { code: 354, response: "354" },
  { code: 550, response: "550 5.1.1 böse" },
];

describe("replies", () => {
  it("are read whole, several lines and several replies at once", () => {
    expect(read(TALK)).toEqual(REPLIES);
  });

  it("are read the same wherever they are cut", () => {
    const bytes = Buffer.from(TALK);
    for (let at = 1; at < bytes.length; at++)
      expect(read(bytes.subarray(0, at), bytes.subarray(at))).toEqual(REPLIES);
    expect(read(...[...bytes].map((byte) => Buffer.from([byte])))).toEqual(REPLIES);
  });

  it("are read where only LF ends their lines", () => {
    expect(read(TALK.replaceAll("\r\n", "\n"))).toEqual(REPLIES);
  });

  it("are read as Latin-1 where they cannot be UTF-8", () => {
    expect(read(Buffer.from("550 b\xf6se\r\n", "latin1"))).toEqual([{ code: 550, response: "550 böse" }]);
  });

  it.each(["hello\r\n", "25 ok\r\n", "2500 ok\r\n", "\r\n", "150 what\r\n", "HTTP/1.1 400 Bad Request\r\n"])(
    "are refused when they are none: %j",
    (text) => {
      expect(() => read(text)).toThrow(BadReplyError);
    },
  );

  it("are refused when a line, or a reply, does not end", () => {
    expect(() => read("250 ".padEnd(1_000_000, "x"))).toThrow(/longer than/);
    expect(() => read("250-more\r\n".repeat(100_000))).toThrow(/longer than/);
    expect(() => read(...Array<string>(1_000).fill("2".repeat(100)))).toThrow(/longer than/);
  });

  it("are handed over before what is none", () => {
    const replies: Reply[] = [];
    const chunk = Buffer.from("250 taken\r\nrubbish\r\n");
    expect(() => new ReplyParser().read(chunk, (reply) => replies.push(reply))).toThrow(BadReplyError);
    expect(replies).toEqual([{ code: 250, response: "250 taken" }]);
  });
});
