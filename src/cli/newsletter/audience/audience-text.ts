import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { detect } from "chardet";
import { errorMessage } from "../../../errors/error-message.ts";
import { UsageError } from "../../command.ts";

/** What is read to tell an encoding from others, in bytes. */
const SAMPLE_BYTES = 64 * 1024;

/** Byte order marks, which say what a file is written in. */
const MARKS: readonly (readonly [encoding: string, bytes: readonly number[]])[] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

/** A file of recipients as text, in an encoding that all of it is written in. */
export interface AudienceText {
  readonly path: string;
  readonly encoding: string;
  /** Its first characters. */
  readonly head: string;
  /** All of it, from its beginning, without a byte order mark. */
  chunks(): AsyncIterable<string>;
}

/**
 * Reads the file through before anything is done with it, so that nobody's name is mangled and nothing is planned of a file that cannot be
 * read to its end.
 * @param asked the encoding that somebody named. Defaults to what its byte order mark says, or UTF-8
 * @throws UsageError
 */
export async function openAudienceText(path: string, asked: string | undefined): Promise<AudienceText> {
  const sample = await sampleOf(path);
  const encoding = encodingOf(asked) ?? markedEncoding(sample) ?? "utf-8";
  if (encoding === "utf-8" && sample.includes(0)) throw notThis(path, "1:1", encoding, guess(sample));
  await checkAll(path, encoding);
  const head = new TextDecoder(encoding).decode(sample, { stream: true });
  return { path, encoding, head, chunks: () => decoded(path, encoding) };
}

async function sampleOf(path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(SAMPLE_BYTES), 0, SAMPLE_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new UsageError(
      `The file of recipients cannot be read: ${errorMessage(error)}. Give its path after --to.`,
      { cause: error },
    );
  }
}

/** By the name that the standard has for it. @throws UsageError */
function encodingOf(asked: string | undefined): string | undefined {
  if (asked === undefined) return undefined;
  try {
    return new TextDecoder(asked).encoding;
  } catch (error) {
    throw new UsageError(
      `--encoding takes a name such as utf-8, windows-1252, iso-8859-2 or utf-16le, not "${asked}".`,
      { cause: error },
    );
  }
}

function markedEncoding(sample: Buffer): string | undefined {
  return MARKS.find(([, bytes]) => bytes.every((byte, index) => sample[index] === byte))?.[0];
}

/** What the bytes look like, where that is something that we could read. */
function guess(sample: Buffer): string | undefined {
  const zeros = [0, 1].map((odd) => sample.filter((byte, index) => byte === 0 && index % 2 === odd).length);
  if (sample.includes(0)) return (zeros[0] ?? 0) > (zeros[1] ?? 0) ? "utf-16be" : "utf-16le";
  const found = detect(sample)?.toLowerCase();
  // In what browsers take for it, both are one, and of the two this is what programs write.
  if (found === undefined || found === "utf-8" || found === "ascii") return undefined;
  return found === "iso-8859-1" ? "windows-1252" : found;
}

function notThis(path: string, place: string, encoding: string, looksLike: string | undefined): UsageError {
  const way = looksLike
    ? `It looks like ${looksLike}: say --encoding ${looksLike}, or save it as UTF-8.`
    : "Name what it is written in with --encoding, or save it as UTF-8.";
  return new UsageError(`${path}:${place} is not ${encoding.toUpperCase()}. ${way} Nothing was stored.`);
}

/** @throws UsageError with line and column of what is not in this encoding */
async function checkAll(path: string, encoding: string): Promise<void> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let chunks = 0;
  let last: Buffer = Buffer.alloc(0);
  try {
    for await (const bytes of read(path)) {
      last = bytes;
      decoder.decode(bytes, { stream: true });
      chunks += 1;
    }
    decoder.decode();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const looksLike = encoding === "utf-8" ? guess(last) : undefined;
    throw notThis(path, await placeOfFault(path, encoding, chunks), encoding, looksLike);
  }
}

/** Line and column of the first character that is not in this encoding. @param chunks that are whole */
async function placeOfFault(path: string, encoding: string, chunks: number): Promise<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let [line, column, chunk] = [1, 1, 0];
  const pass = (text: string) => {
    const lines = text.split("\n");
    line += lines.length - 1;
    column = (lines.length > 1 ? 1 : column) + (lines.at(-1) ?? "").length;
  };
  try {
    for await (const bytes of read(path)) {
      if (chunk++ < chunks) pass(decoder.decode(bytes, { stream: true }));
      else for (const byte of bytes) pass(decoder.decode(Uint8Array.of(byte), { stream: true }));
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
  }
  return `${line}:${column}`;
}

async function* decoded(path: string, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  for await (const bytes of read(path)) yield decoder.decode(bytes, { stream: true });
}

/** @throws UsageError */
async function* read(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const bytes of createReadStream(path)) yield bytes as Buffer;
  } catch (error) {
    throw new UsageError(
      `The file of recipients cannot be read: ${errorMessage(error)}. Give its path after --to.`,
      { cause: error },
    );
  }
}
