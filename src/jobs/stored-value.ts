import { DelayedMailError, SealedPayloadError, StopMail, UnstorableValueError } from "../errors/errors.ts";
import type { Json } from "./job-record.ts";
import { objectIdOf } from "./object-id.ts";

/*
 * How a value is written as JSON so that it comes back the same from every store. Plain JSON stands as it is, so that a
 * job can be read by eye and queried. Everything else is an object with one key that begins with "@":
 *
 *   @date "2026-01-01T00:00:00.000Z" · @bigint "123" · @bytes base64 (Uint8Array) · @buffer base64 (Buffer)
 *   @oid 24 hex digits · @undefined true
 *   @number "NaN" | "Infinity" | "-Infinity" | "-0" · @entries [[key, value], ...]
 *
 * @entries holds objects with a key that would be misread: one that begins with "@" (ours) or "$" (MongoDB's), holds a
 * "." (MongoDB's paths), is `_bsontype` (how MongoDB's driver knows its types), or is empty.
 */

/**
 * The number of the format above, stored beside each call. It is raised with what older code cannot read, and then a worker of older code
 * leaves such a call to a newer one.
 */
export const CALL_FORMAT = 1;

/** Stands, with what was found, where a store does not have what `encode` wrote: `decode` refuses it. */
export const UNREADABLE = "@unreadable";

/** Stands in the place of what was encrypted: see privacy/keyring.ts. */
export const SEALED = "@sealed";

/** Stands in the place of somebody who asked to be forgotten: nothing is sent to him any more. */
export const ERASED = "@erased";

const MAX_DEPTH = 100;
/** Of one value of bytes: jobs are read by the hundred, and a MongoDB document ends at 16 MiB. */
const MAX_BYTES = 1024 * 1024;
const AWKWARD_KEY = /^[@$]|\.|^$|\0|^_bsontype$/;

/**
 * Writes a value as JSON that `decode` turns back into an equal value.
 * @param path where the value sits, for the error, such as `args[0]`
 * @throws UnstorableValueError for functions, symbols, promises, maps, sets, class instances, cycles and holes
 */
export function encode(value: unknown, path: string): Json {
  try {
    return encodeAt(value, path, []);
  } catch (error) {
    if (error instanceof UnstorableValueError) throw error;
    // A proxy may throw whatever it is asked.
    throw new UnstorableValueError(path, "a value that throws when it is read", { cause: error });
  }
}

/** Turns what `encode` wrote back into the value. */
export function decode(json: Json): unknown {
  if (json === null || typeof json !== "object") return json;
  if (Array.isArray(json)) return json.map(decode);
  const entries = Object.entries(json);
  const [first] = entries;
  if (entries.length === 1 && first?.[0].startsWith("@")) return readTagged(first[0], first[1]);
  return Object.fromEntries(entries.map(([key, inner]) => [key, decode(inner)]));
}

/** How large what `encode` wrote will be in a store, in bytes: about. */
export function sizeOf(json: Json): number {
  if (typeof json === "string") return Buffer.byteLength(json);
  if (json === null || typeof json !== "object") return 8;
  return Object.entries(json).reduce((sum, [key, value]) => sum + key.length + sizeOf(value), 0);
}

function encodeAt(value: unknown, path: string, parents: readonly object[]): Json {
  switch (typeof value) {
    case "string":
      return encodeString(value, path);
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { "@number": numberName(value) };
    case "bigint":
      return { "@bigint": value.toString() };
    case "undefined":
      return { "@undefined": true };
    case "object":
      return value === null ? null : encodeObject(value, path, parents);
    default:
      throw new UnstorableValueError(path, `a ${typeof value}`);
  }
}

/** A lone surrogate has no UTF-8 form, so a store would silently replace it. */
function encodeString(value: string, path: string): string {
  if (value.isWellFormed()) return value;
  throw new UnstorableValueError(path, "a string with half a character in it (a lone surrogate)");
}

function numberName(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function encodeObject(value: object, path: string, parents: readonly object[]): Json {
  if (parents.includes(value))
    throw new UnstorableValueError(path, "a reference to something that contains it");
  if (parents.length >= MAX_DEPTH)
    throw new UnstorableValueError(path, `nested deeper than ${MAX_DEPTH} levels`);
  if (value instanceof Date) return encodeDate(value, path);
  if (isObjectId(value)) return { "@oid": value.toHexString() };
  if (value instanceof Uint8Array) return encodeBytes(value, path);
  const within = [...parents, value];
  if (Array.isArray(value)) return encodeArray(value, path, within);
  if (isPlain(value)) return encodePlain(value, path, within);
  if (isDocument(value))
    throw new UnstorableValueError(path, "a mongoose document", {
      advice: "Pass its id, or plain data by .lean() or .toObject().",
    });
  throw new UnstorableValueError(path, `${article(className(value))} ${className(value)}`);
}

function encodeDate(value: Date, path: string): Json {
  if (Number.isNaN(value.getTime())) throw new UnstorableValueError(path, "an invalid Date");
  return { "@date": value.toISOString() };
}

function encodeBytes(value: Uint8Array, path: string): Json {
  if (value.length > MAX_BYTES)
    throw new UnstorableValueError(path, `${value.length} bytes (at most ${MAX_BYTES})`);
  const base64 = Buffer.from(value).toString("base64");
  return Buffer.isBuffer(value) ? { "@buffer": base64 } : { "@bytes": base64 };
}

function encodeArray(value: readonly unknown[], path: string, within: readonly object[]): Json {
  return Array.from(value, (item, index) => {
    if (!(index in value)) throw new UnstorableValueError(`${path}[${index}]`, "a hole in an array");
    return encodeAt(item, `${path}[${index}]`, within);
  });
}

function encodePlain(value: object, path: string, within: readonly object[]): Json {
  if (Object.getOwnPropertySymbols(value).length > 0)
    throw new UnstorableValueError(path, "an object with symbol keys");
  const entries = entriesOf(value, path).map(([key, inner]): [string, Json] => {
    if (key === "__proto__") throw new UnstorableValueError(`${path}.__proto__`, "a prototype key");
    if (!key.isWellFormed()) throw new UnstorableValueError(path, "an object with half a character in a key");
    return [key, encodeAt(inner, `${path}.${key}`, within)];
  });
  if (entries.some(([key]) => AWKWARD_KEY.test(key))) return { "@entries": entries };
  return Object.fromEntries(entries);
}

/** A getter may throw, and its error would say nothing of the call. */
function entriesOf(value: object, path: string): readonly [string, unknown][] {
  return Object.keys(value).map((key) => {
    try {
      return [key, Reflect.get(value, key)];
    } catch (error) {
      throw new UnstorableValueError(`${path}.${key}`, "a getter that throws", { cause: error });
    }
  });
}

/** What somebody wrote into a store by hand fails its job at once, because it is the same at every attempt. */
function readTagged(tag: string, json: Json): unknown {
  try {
    return decodeTagged(tag, json);
  } catch (error) {
    if (error instanceof DelayedMailError) throw error;
    throw unreadable(tag, json, error);
  }
}

function unreadable(tag: string, json: Json, cause?: unknown): UnstorableValueError {
  const shown = JSON.stringify({ [tag]: json }).slice(0, 100);
  return notAsWritten(shown, { cause });
}

function notAsWritten(found: string, options?: ErrorOptions): UnstorableValueError {
  return new UnstorableValueError("What is stored", `not what was written there (${found})`, {
    ...options,
    why: "and cannot be read",
    advice: "Put back what was there, or the key it was encrypted with, then retry; or remove the job.",
  });
}

function dateOf(json: Json): Date {
  const date = new Date(String(json));
  if (Number.isNaN(date.getTime())) throw unreadable("@date", json);
  return date;
}

/** `encode` writes no such key. */
function entriesIn(json: Json): readonly [string, Json][] {
  const entries = json as [string, Json][];
  if (entries.some(([key]) => key === "__proto__")) throw unreadable("@entries", json);
  return entries;
}

function decodeTagged(tag: string, json: Json): unknown {
  switch (tag) {
    case "@date":
      return dateOf(json);
    case "@bigint":
      return BigInt(String(json));
    case "@bytes":
      return new Uint8Array(Buffer.from(String(json), "base64"));
    case "@buffer":
      return Buffer.from(String(json), "base64");
    case "@oid":
      return objectIdOf(String(json));
    case "@undefined":
      return undefined;
    case "@number":
      return Number(json);
    case "@entries":
      return Object.fromEntries(entriesIn(json).map(([key, inner]) => [key, decode(inner)]));
    case UNREADABLE:
      throw notAsWritten(String(json));
    case SEALED:
      throw new SealedPayloadError(String(json));
    case ERASED:
      throw new StopMail("Its recipient was erased");
    default:
      throw new UnstorableValueError(tag, "a tag this version does not know");
  }
}

/** What people pass most is a document of mongoose: its class is called `model`, which nobody has ever seen. */
function isDocument(value: object): boolean {
  return "toObject" in value && "$__" in value;
}

function isObjectId(value: object): value is { toHexString(): string } {
  return "_bsontype" in value && value._bsontype === "ObjectId" && "toHexString" in value;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function className(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "" ? name : "class instance";
}

function article(word: string): string {
  return /^[aeiou]/i.test(word) ? "an" : "a";
}
