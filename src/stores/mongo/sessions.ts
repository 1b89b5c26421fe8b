import type { ClientSession, Connection } from "mongoose";
import { InvalidOptionsError } from "../../errors/errors.ts";
import type { InsertOptions } from "../../jobs/job-store.ts";

/**
 * The session that jobs are stored with: the one given, or that of the transaction around the call where mongoose keeps it
 * (`mongoose.set("transactionAsyncLocalStorage", true)`), which mongoose does for its models only.
 * @throws InvalidOptionsError when it belongs to another client
 */
export function sessionOf(
  connection: Connection,
  { session, joinsAmbient = false }: InsertOptions,
): ClientSession | undefined {
  // The session is the caller's own, made by mongoose.
  const chosen = (session ?? (joinsAmbient ? ambientSession(connection) : undefined)) as
    | ClientSession
    | undefined;
  if (chosen === undefined || isOf(connection, chosen)) return chosen;
  throw new InvalidOptionsError("session", [
    "it belongs to another MongoDB client than the store's, and a transaction cannot reach over two; " +
      "give the store the connection that made the session: configure({ mongoose: connection })",
  ]);
}

interface Ambient {
  readonly transactionAsyncLocalStorage?: { getStore(): { readonly session?: ClientSession } | undefined };
}

function ambientSession({ base }: Connection): ClientSession | undefined {
  return (base as Ambient).transactionAsyncLocalStorage?.getStore()?.session;
}

function isOf(connection: Connection, session: ClientSession): boolean {
  return Object.is(Reflect.get(session, "client"), connection.getClient());
}
