import mongoose, { type Connection, type mongo } from "mongoose";
import { StoreError } from "../../errors.ts";

export interface ConnectionOptions {
  /** How long to look for a usable server before an operation fails, in ms. @default 10_000 */
  readonly serverSelectionTimeoutMS?: number;
}

/** Writes are acknowledged by a majority, in their journals; reads see what a majority has, and come from the primary. */
const CONCERNS = {
  writeConcern: { w: "majority", journal: true, wtimeoutMS: 30_000 },
  readConcern: { level: "majority" },
  readPreference: "primary",
} as const;

/**
 * A connection that leads nowhere any more (a firewall forgot it) is noticed this much after the ten seconds between the driver's own
 * questions: in time for the next heartbeat to keep a lease of 30 s. The driver's default is 30_000. In ms.
 */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * A connection of our own, never mongoose's global one.
 * @throws StoreError, without the credentials
 */
export async function connect(
  uri: string,
  { serverSelectionTimeoutMS = 10_000 }: ConnectionOptions = {},
): Promise<Connection> {
  const options = {
    serverSelectionTimeoutMS,
    autoIndex: false,
    autoCreate: false,
    appName: "delayed-mailer",
    ...(!/[?&]connectTimeoutMS=/i.test(uri) && { connectTimeoutMS: CONNECT_TIMEOUT_MS }),
  };
  const connection = mongoose.createConnection(uri, options);
  try {
    return await connection.asPromise();
  } catch (error) {
    await connection.destroy();
    throw storeError(error, `MongoDB at ${withoutCredentials(uri)} cannot be reached`);
  }
}

/** Waits for the application's own connection. @throws StoreError */
export async function adopt(connection: Connection): Promise<Connection> {
  return storeErrors(() => connection.asPromise(), "The mongoose connection given cannot be used");
}

/** A collection with our concerns, whatever the connection's are. The connection is open. */
export function collectionOf<T extends mongo.Document>(
  connection: Connection,
  name: string,
): mongo.Collection<T> {
  if (connection.db === undefined) throw new StoreError("The mongoose connection is not open.");
  return connection.db.collection<T>(name, CONCERNS);
}

export function describeConnection({ host, port, name }: Connection): string {
  return `MongoDB at ${host}:${port}, database ${name}`;
}

function withoutCredentials(uri: string): string {
  return uri.replace(/\/\/[^@/]*@/, "//");
}

/** Runs an operation, turning what the driver throws into our own error. @throws StoreError */
export async function storeErrors<T>(
  run: () => Promise<T>,
  what = "MongoDB did not take the operation",
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw storeError(error, what);
  }
}

/** What the driver threw, as our own error. */
function storeError(error: unknown, what: string): unknown {
  if (!(error instanceof Error && isDriverError(error))) return error;
  return new StoreError(`${what}: ${error.message}`, { cause: error });
}

/** What a socket says when it breaks the driver passes on as it is, now and then: an error with a `syscall`. */
function isDriverError(error: Error): boolean {
  return error instanceof mongoose.mongo.MongoError || error instanceof mongoose.Error || "syscall" in error;
}

const DUPLICATE_KEY = 11000;

/** Whether a unique index refused a single insert. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof mongoose.mongo.MongoServerError && error.code === DUPLICATE_KEY;
}

/** @returns false when a unique index refused it: there is one of that `_id`, or key, already */
export async function insertOnce<T extends mongo.Document>(
  collection: mongo.Collection<T>,
  document: mongo.OptionalUnlessRequiredId<T>,
): Promise<boolean> {
  try {
    await collection.insertOne(document);
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/**
 * Which of the documents of an `insertMany` a unique index refused; undefined when anything else went wrong. The driver throws the
 * same error, without any such document, when the server could not be reached or did not confirm the write.
 */
export function duplicatesIn(error: unknown): readonly number[] | undefined {
  if (!(error instanceof mongoose.mongo.MongoBulkWriteError)) return undefined;
  const errors = [error.writeErrors].flat();
  const isAll = errors.length > 0 && errors.every(({ code }) => code === DUPLICATE_KEY);
  const isConfirmed = error.result.getWriteConcernError() === undefined;
  return isAll && isConfirmed ? errors.map(({ index }) => index) : undefined;
}
