import type { Connection, mongo } from "mongoose";
import { ConfigurationError, StoreError } from "../../errors/errors.ts";
import { withoutSecrets } from "../../errors/without-secrets.ts";
import type { MongooseConnection } from "../mongoose-connection.ts";
import { importMongoose, mongooseOf } from "./application-mongoose.ts";

export interface ConnectionOptions {
  /** How long to look for a usable server before an operation fails, in ms. Defaults to what the URI says, else to 10_000. */
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
const SERVER_SELECTION_TIMEOUT_MS = 10_000;
const IS_IT_UP =
  "; check that the server runs, that this machine reaches it, and that MONGODB_URI (mongodbUri) names it";

/**
 * A connection of our own, never mongoose's global one.
 * @throws StoreError | ConfigurationError where the URI cannot be read, both without what is secret in it
 */
export async function connect(
  uri: string,
  { serverSelectionTimeoutMS }: ConnectionOptions = {},
): Promise<Connection> {
  const isInUri = /[?&]serverSelectionTimeoutMS=/i.test(uri);
  const patience = serverSelectionTimeoutMS ?? (isInUri ? undefined : SERVER_SELECTION_TIMEOUT_MS);
  const options = {
    ...(patience !== undefined && { serverSelectionTimeoutMS: patience }),
    autoIndex: false,
    autoCreate: false,
    appName: "delayed-mailer",
    ...(!/[?&]connectTimeoutMS=/i.test(uri) && { connectTimeoutMS: CONNECT_TIMEOUT_MS }),
  };
  const mongoose = await importMongoose();
  const connection = mongoose.createConnection();
  try {
    return await connection.openUri(uri, options);
  } catch (error) {
    await connection.destroy().catch(() => undefined);
    if (isUnreadable(error)) throw unreadable(error);
    throw storeError(error, `MongoDB at ${withoutSecrets(uri)} cannot be reached`, IS_IT_UP);
  }
}

/** What the driver and the URL parser throw before they connect to anything. */
function isUnreadable(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? error.code : undefined;
  return (
    /^(?:MongoParseError|MongoRuntimeError|MongoAPIError|MongoInvalidArgumentError|URIError)$/.test(
      error.name,
    ) || code === "ERR_INVALID_URL"
  );
}

function unreadable(error: Error): ConfigurationError {
  const [reason = ""] = withoutSecrets(error.message).split("\n");
  return new ConfigurationError(
    [
      `MONGODB_URI (mongodbUri): cannot be read (${reason}); in a name or password write @ : / ? # % as encodeURIComponent() does`,
    ],
    { cause: error },
  );
}

/** Waits for the application's own connection. @throws StoreError, also when its mongoose is not one that the store can work with */
export async function adopt(given: MongooseConnection): Promise<Connection> {
  // What has the shape of a connection is one, of the copy that is looked at next.
  const connection = given as Connection;
  mongooseOf(connection);
  return storeErrors(() => connection.asPromise(), "The mongoose connection given cannot be used");
}

/** A collection with our concerns, whatever the connection's are. The connection is open. */
export function collectionOf<T extends mongo.Document>(
  connection: Connection,
  name: string,
): mongo.Collection<T> {
  if (connection.db === undefined)
    throw new StoreError(
      "The mongoose connection is not open. Await mongoose.connect(...) before the first mail or job.",
    );
  return connection.db.collection<T>(name, CONCERNS);
}

export function describeConnection({ host, port, name }: Connection): string {
  return `MongoDB at ${host}:${port}, database ${name}`;
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

/**
 * What the driver threw, as our own error. In a transaction that may be tried again the driver's own error is thrown on, because
 * `withTransaction` of the driver tries again only what is of its own class and has its label.
 */
function storeError(error: unknown, what: string, advice = ""): unknown {
  if (!(error instanceof Error && isDriverError(error)) || isTransient(error)) return error;
  return new StoreError(`${what}: ${withoutSecrets(error.message)}${advice}`, { cause: error });
}

/**
 * By name, because the application may have a copy of its own. What a socket says when it breaks the driver passes on as it is, now and
 * then: an error with a `syscall`.
 */
function isDriverError(error: Error): boolean {
  return /^(?:Mongo|Mongoose|BSON)/.test(error.name) || "syscall" in error;
}

function isTransient(error: Error): boolean {
  return "errorLabels" in error && [error.errorLabels].flat().includes("TransientTransactionError");
}

const DUPLICATE_KEY = 11000;

/** Whether a unique index refused a single insert. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === DUPLICATE_KEY;
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

interface BulkWriteError extends Error {
  readonly writeErrors: WriteError | readonly WriteError[];
  readonly result: { getWriteConcernError(): unknown };
}

interface WriteError {
  readonly code: number;
  readonly index: number;
}

/**
 * Which of the documents of an `insertMany` a unique index refused; undefined when anything else went wrong. The driver throws the
 * same error, without any such document, when the server could not be reached or did not confirm the write.
 */
export function duplicatesIn(error: unknown): readonly number[] | undefined {
  if (!isBulkWriteError(error)) return undefined;
  const errors = [error.writeErrors].flat();
  const isAll = errors.length > 0 && errors.every(({ code }) => code === DUPLICATE_KEY);
  const isConfirmed = error.result.getWriteConcernError() === undefined;
  return isAll && isConfirmed ? errors.map(({ index }) => index) : undefined;
}

function isBulkWriteError(error: unknown): error is BulkWriteError {
  return error instanceof Error && error.name === "MongoBulkWriteError";
}
