import type { Connection, Mongoose, Types } from "mongoose";
import { StoreError } from "../../errors/errors.ts";
import { VERSION } from "../../version.ts";

/*
 * mongoose is a peer dependency: the application's own copy is the one in use. A driver refuses ObjectIds and binaries of another major
 * version's, and its retries know errors of their own classes only, so everything the store needs is taken from the copy that made the
 * connection.
 */

const NEEDED = "mongoose 8.9 or later, or 9";

/** The copy of mongoose that made the connection. @throws StoreError when the store cannot work with it */
export function mongooseOf({ base }: Connection): Mongoose {
  const version = base?.version ?? "unknown";
  if (isSupported(version)) return base;
  throw new StoreError(
    `The connection given to configure({ mongoose }) was made by mongoose ${version}; delayed-mailer ${VERSION} needs ${NEEDED}. ` +
      "Update it (npm install mongoose@9), or set MONGODB_URI instead and leave configure({ mongoose }) out.",
  );
}

/** The application's mongoose, for a connection of our own. @throws StoreError when there is none */
export async function importMongoose(): Promise<Mongoose> {
  try {
    return (await import("mongoose")).default;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new StoreError(
      `MONGODB_URI is set, and mongoose is not installed: delayed-mailer needs ${NEEDED}, as a dependency of the application ` +
        "(npm install mongoose). Without MONGODB_URI jobs are kept in SQLite.",
      { cause: error },
    );
  }
}

/** Makes ObjectIds of the connection's own copy. */
export class ObjectIds {
  readonly #ObjectId: typeof Types.ObjectId;

  constructor(connection: Connection) {
    this.#ObjectId = mongooseOf(connection).Types.ObjectId;
  }

  /** @param hex 24 hex digits */
  of(hex: string): Types.ObjectId {
    return new this.#ObjectId(hex);
  }

  /** Ids come from command lines too. A text that is no ObjectId is the id of no job. */
  parse(id: string): Types.ObjectId | undefined {
    return /^[0-9a-f]{24}$/i.test(id) ? this.of(id) : undefined;
  }
}

function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major === 9 || (major === 8 && minor >= 9);
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
}
