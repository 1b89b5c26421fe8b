import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import type { ObjectIdLike } from "./persistable.ts";

/** This process's part of the ids it makes: five random bytes. */
const PROCESS = randomBytes(5).toString("hex");
const COUNTS = 0x1000000;

let counter = randomBytes(3).readUIntBE(0, 3);
let seconds = 0;

/**
 * A new ObjectId as MongoDB's drivers make them, as 24 hex digits: seconds, five bytes of the process, a counter. Ascending within a
 * process, even when its clock is set back, and nearly so between processes. Made here because users of SQLite have no driver.
 */
export function newObjectId(): string {
  counter = (counter + 1) % COUNTS;
  const passed = counter === 0 ? seconds + 1 : seconds;
  seconds = Math.max(passed, Math.floor(Date.now() / 1000) % 2 ** 32);
  return hex(seconds, 8) + PROCESS + hex(counter, 6);
}

/**
 * An ObjectId where no mongoose is there to make its own. It has what values of MongoDB are told by (`_bsontype`) and prints as one.
 */
export class PlainObjectId {
  readonly #hex: string;

  constructor(hex: string) {
    this.#hex = hex;
  }

  get _bsontype(): "ObjectId" {
    return "ObjectId";
  }

  toHexString(): string {
    return this.#hex;
  }

  toString(): string {
    return this.#hex;
  }

  toJSON(): string {
    return this.#hex;
  }

  equals(other: unknown): boolean {
    return String(other) === this.#hex;
  }

  getTimestamp(): Date {
    return new Date(Number.parseInt(this.#hex.slice(0, 8), 16) * 1000);
  }
}

type MakeObjectId = (hex: string) => ObjectIdLike;

let make: MakeObjectId | undefined;

/** From now on ObjectIds in stored values are made by this copy of the driver: a driver refuses those of another major version. */
export function makeObjectIdsWith(given: MakeObjectId): void {
  make = given;
}

/** An ObjectId of the driver's copy in use, else of the application's mongoose, else a plain one. */
export function objectIdOf(hex: string): ObjectIdLike {
  make ??= fromMongoose() ?? ((text) => new PlainObjectId(text));
  return make(hex);
}

/** Synchronous, because stored values are read synchronously; and only asked for where an ObjectId was stored. */
function fromMongoose(): MakeObjectId | undefined {
  try {
    const { Types } = createRequire(import.meta.url)("mongoose") as typeof import("mongoose");
    return (text) => new Types.ObjectId(text);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
