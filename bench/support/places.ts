import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import mongoose from "mongoose";
import { databaseUri, type MongoServer, onPath, startMongoServer } from "../../test/support/mongo-server.ts";
import { startDelayProxy } from "./delay-proxy.ts";
import { median } from "./table.ts";

/** Where one run keeps its jobs: nothing else is there, and nothing is left of it afterwards. */
export interface Place {
  /** A database's URI, or the path of an SQLite file. */
  readonly uri: string;
  /** CPU time that the place's server has taken, in ms; NaN where there is none, or it cannot be known. */
  serverCpuMs(): number;
  close(): Promise<void>;
}

export interface Places {
  /** What it is, for the head of a table. */
  readonly name: string;
  open(): Promise<Place>;
}

export interface MongoPlacesOptions {
  /** Added to each round trip, in ms. @default 0 */
  readonly roundTripMs?: number;
  /** A server that is no replica set, so that there are no change streams. @default false */
  readonly standalone?: boolean;
}

const PINGS = 200;

/** A server for every run, started before it and ended after it; where MONGODB_URI is set, a database of that server. */
export function mongoPlaces({ roundTripMs = 0, standalone = false }: MongoPlacesOptions = {}): Places {
  const { name, command } = serverHere();
  const topology = standalone ? "standalone" : "replica set of one";
  const latency = roundTripMs > 0 ? `, ${roundTripMs} ms added to each round trip` : "";
  return {
    name: `${name} (${topology}${latency})`,
    open: async () => {
      const folder = command === undefined ? undefined : temporaryFolder();
      const server = await startMongoServer({
        ...(command !== undefined && { command }),
        ...(folder && { folder: folder.path, sync: false }),
        ...(standalone && { flags: ["--standalone"] }),
      });
      const reached = roundTripMs > 0 ? await delayed(server, roundTripMs) : { uri: server.uri };
      const uri = databaseUri(reached.uri, `bench_${randomUUID().slice(0, 8)}`);
      return {
        uri,
        serverCpuMs: () => cpuMsOf(server.pid),
        close: async () => {
          reached.close?.();
          if (process.env.MONGODB_URI) await dropDatabase(uri);
          await server.close();
          folder?.remove();
        },
      };
    },
  };
}

/** A file for every run, in a folder of its own. */
export function sqlitePlaces(): Places {
  return {
    name: "SQLite files (WAL, synchronous = FULL)",
    open: async () => {
      const folder = temporaryFolder();
      return {
        uri: join(folder.path, "store.sqlite"),
        serverCpuMs: () => Number.NaN,
        close: async () => folder.remove(),
      };
    },
  };
}

export function placesOf(store: "mongo" | "sqlite", options: MongoPlacesOptions = {}): Places {
  return store === "mongo" ? mongoPlaces(options) : sqlitePlaces();
}

/** The median round trip to a place of MongoDB, in ms: timers are coarse, so an added delay has to be measured. */
export async function roundTripOf(places: Places): Promise<number> {
  const place = await places.open();
  const connection = await mongoose.createConnection(place.uri).asPromise();
  try {
    const trips: number[] = [];
    while (trips.length < PINGS) {
      const sentAt = performance.now();
      await connection.db?.command({ ping: 1 });
      trips.push(performance.now() - sentAt);
    }
    return median(trips);
  } finally {
    await connection.close();
    await place.close();
  }
}

/** In the order in which tests look for one; but of SecantusDB's two builds the fast one, where it is at hand. */
function serverHere(): { readonly name: string; readonly command?: string } {
  if (process.env.MONGODB_URI) return { name: "the server at MONGODB_URI" };
  if (onPath("mongod")) return { name: "mongod" };
  const installed = join(homedir(), ".cargo", "bin", "secantusd-rs");
  const command =
    process.env.SECANTUSD_RS ?? onPath("secantusd-rs") ?? (existsSync(installed) ? installed : undefined);
  if (command === undefined) return { name: "SecantusDB, Python build, in memory" };
  return { name: "SecantusDB, Rust build, not synced at each commit", command };
}

interface Reached {
  readonly uri: string;
  readonly close?: () => void;
}

async function delayed(server: MongoServer, roundTripMs: number): Promise<Reached> {
  const url = new URL(server.uri);
  const proxy = await startDelayProxy(Number(url.port), roundTripMs);
  url.port = String(proxy.port);
  // A replica set would tell the driver the address behind the proxy.
  url.searchParams.set("directConnection", "true");
  return { uri: url.href, close: () => proxy.close() };
}

function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), "delayed-mailer-bench-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

async function dropDatabase(uri: string): Promise<void> {
  const connection = await mongoose.createConnection(uri).asPromise();
  await connection.dropDatabase();
  await connection.close();
}

const TICK_MS = 10;

/** User and system time, as Linux tells it. */
function cpuMsOf(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [, , , , , , , , , , , user = "", system = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(user) + Number(system)) * TICK_MS;
  } catch {
    return Number.NaN;
  }
}
