import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { EncodedContents } from "../../src/mime/encoded-contents.ts";

const decoded = (encoded: Buffer) => Buffer.from(encoded.toString("latin1"), "base64");

describe("files in base64", () => {
  it("are encoded once as long as they come again", () => {
    const contents = new EncodedContents();
    const [file, other] = [randomBytes(1_000), randomBytes(1_000)];
    const first = contents.of(file);
    expect(contents.of(other)).not.toBe(first);
    expect(contents.of(Buffer.from(file))).toBe(first);
    expect(decoded(first).equals(file)).toBe(true);
    expect(
      Math.max(
        ...first
          .toString()
          .split("\r\n")
          .map(({ length }) => length),
      ),
    ).toBe(76);
  });

  it("are encoded anew when somebody changed them in place", () => {
    const contents = new EncodedContents();
    const file = randomBytes(1_000);
    contents.of(file);
    file[500] = (file[500] ?? 0) ^ 1;
    expect(decoded(contents.of(file)).equals(file)).toBe(true);
  });

  it("are kept as long as they take little memory, the newest of them", () => {
    const contents = new EncodedContents();
    const files = Array.from({ length: 20 }, () => randomBytes(1024 * 1024));
    const encoded = files.map((file) => contents.of(file));
    const isKept = files.map((file, at) => contents.of(file) === encoded[at]);
    expect(isKept.filter(Boolean).length).toBeLessThanOrEqual(8);
    const last = files.at(-1) ?? Buffer.alloc(0);
    expect(contents.of(last)).toBe(contents.of(last));
  });

  it("may be larger than what is kept, and empty", () => {
    const contents = new EncodedContents();
    const large = Buffer.alloc(9 * 1024 * 1024, 1);
    expect(decoded(contents.of(large)).equals(large)).toBe(true);
    expect(contents.of(new Uint8Array())).toHaveLength(0);
  });
});
