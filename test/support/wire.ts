import type { Connection } from "mongoose";
import { connect } from "../../src/stores/mongo/connection.ts";
import { Wire } from "../../stress/wire.ts";
import { newMongoDatabase } from "./mongo-database.ts";

export interface Wired {
  readonly wire: Wire;
  /** Of the database, through the wire. */
  readonly uri: string;
  /** Through the wire. */
  readonly connection: Connection;
  /** To the same database, not through the wire. */
  readonly direct: Connection;
  close(): Promise<void>;
}

/** A database of its own on the tests' MongoDB server, behind a wire that can be cut. */
export async function connectOverWire(): Promise<Wired> {
  const directUri = await newMongoDatabase();
  const direct = await connect(directUri);
  const wire = await Wire.start(Number(new URL(directUri).port));
  const uri = wire.through(directUri);
  const connection = await connect(uri, { serverSelectionTimeoutMS: 500 });
  const close = async () => {
    await connection.destroy();
    await direct.dropDatabase();
    await direct.close();
    await wire.close();
  };
  return { wire, uri, connection, direct, close };
}
