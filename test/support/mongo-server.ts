import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import mongoose from "mongoose";
import { errorMessage } from "../../src/errors/error-message.ts";

export interface MongoServer {
  /** Without a database's name. */
  readonly uri: string;
  /** Of the process that was started here. */
  readonly pid?: number | undefined;
  close(): Promise<void>;
}

export interface MongoServerOptions {
  /** Keep the data in this folder, written through to disk at every commit: for tests that kill the server. */
  readonly folder?: string;
  readonly port?: number;
  /** Whether a commit in the folder waits for the disk. @default true */
  readonly sync?: boolean;
  /** Start this build of SecantusDB instead of the one that tests use; it needs a folder. */
  readonly command?: string;
  /** Flags for SecantusDB beside those that tests use. */
  readonly flags?: readonly string[];
}

const SECANTUS = "secantusdb==0.7.0b3";
const NONE_FOUND = `No MongoDB server for the tests was found. Do one of these:
  - set MONGODB_URI to a replica set of your own; the tests use databases of random names and drop them
  - put mongod on the PATH
  - have Python 3 with venv and pip, and a network that reaches PyPI, so that ${SECANTUS} can be installed into a cache`;

const run = promisify(execFile);

/**
 * Makes sure that `startMongoServer` has a server to start, so that test files that begin together do not all install one.
 * @throws Error saying what to install when there is none; the tests never pass without a server
 */
export async function findMongoServer(): Promise<void> {
  if (!process.env.MONGODB_URI && !onPath("mongod")) await secantusCommand();
}

/**
 * A MongoDB server: `MONGODB_URI`, else `mongod`, else SecantusDB in a cached virtual environment.
 * @throws Error saying what to install when there is none; the tests never pass without a server
 */
export async function startMongoServer(options: MongoServerOptions = {}): Promise<MongoServer> {
  const given = process.env.MONGODB_URI;
  if (given && options.folder === undefined) return { uri: given, close: async () => undefined };
  if (options.command !== undefined) return startSecantus(options.command, options);
  const mongod = onPath("mongod");
  return mongod ? startMongod(mongod, options) : startSecantus(await secantusCommand(), options);
}

/** The URI of one database of a server. */
export function databaseUri(serverUri: string, database: string): string {
  const uri = new URL(serverUri);
  uri.pathname = `/${database}`;
  return uri.href;
}

async function startMongod(command: string, { folder, port }: MongoServerOptions): Promise<MongoServer> {
  const path = folder ?? mkdtempSync(join(tmpdir(), "delayed-mailer-mongod-"));
  const at = port ?? (await freePort());
  const args = [
    "--bind_ip",
    "127.0.0.1",
    "--port",
    String(at),
    "--dbpath",
    path,
    "--replSet",
    "rs0",
    "--quiet",
  ];
  const child = spawnServer(command, args);
  const uri = `mongodb://127.0.0.1:${at}/?directConnection=true`;
  await answering(uri, child);
  await initiateReplicaSet(uri, at);
  return { uri, pid: child.pid, close: () => end(child, folder === undefined ? path : undefined) };
}

async function initiateReplicaSet(uri: string, port: number): Promise<void> {
  const connection = await mongoose.createConnection(uri).asPromise();
  const members = [{ _id: 0, host: `127.0.0.1:${port}` }];
  await connection.db
    ?.admin()
    .command({ replSetInitiate: { _id: "rs0", members } })
    .catch(() => undefined);
  for (;;) {
    const hello = await connection.db?.admin().command({ hello: 1 });
    if (hello?.isWritablePrimary) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await connection.close();
}

async function startSecantus(
  command: string,
  { folder, port, sync = true, flags = [] }: MongoServerOptions,
): Promise<MongoServer> {
  const at = port ?? (await freePort());
  const storage =
    folder === undefined
      ? ["--storage-path", ":memory:"]
      : ["--storage-path", folder, ...(sync ? ["--sync-on-commit"] : [])];
  const args = ["--host", "127.0.0.1", "--port", String(at), ...storage, "--log-level", "ERROR", ...flags];
  const child = spawnServer(command, args);
  const uri = `mongodb://127.0.0.1:${at}/`;
  await answering(uri, child);
  return { uri, pid: child.pid, close: () => end(child) };
}

/** It ends with this process at the latest, or with the one that started this one. */
function spawnServer(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { stdio: "ignore" });
  const kill = () => child.kill("SIGKILL");
  const ends = ["exit", "disconnect"];
  for (const end of ends) process.once(end, kill);
  child.once("exit", () => {
    for (const end of ends) process.off(end, kill);
  });
  return child;
}

/** Installs SecantusDB once, beside the place it ends up in, so that two runs cannot spoil each other's. */
async function secantusCommand(): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "delayed-mailer");
  const home = join(cache, SECANTUS.replace("==", "-"));
  const command = join(home, "bin", "secantusd-py");
  if (existsSync(command)) return command;
  mkdirSync(cache, { recursive: true });
  const building = mkdtempSync(join(cache, "building-"));
  try {
    await run("python3", ["-m", "venv", building]);
    await run(join(building, "bin", "python"), ["-m", "pip", "install", "--quiet", SECANTUS]);
    await relocate(building, home);
  } catch (error) {
    throw new Error(`${NONE_FOUND}\n(${errorMessage(error)})`, {
      cause: error,
    });
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return command;
}

/** Scripts of a virtual environment name its folder, so they are written for the final one. */
async function relocate(from: string, to: string): Promise<void> {
  await run("sed", ["-i", `s|${from}|${to}|g`, join(from, "bin", "secantusd-py")]);
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(join(to, "bin", "secantusd-py"))) throw error;
  }
}

async function answering(uri: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null)
      throw new Error(`The MongoDB server ended at once, with code ${child.exitCode}.`);
    try {
      const connection = await mongoose.createConnection(uri, { serverSelectionTimeoutMS: 300 }).asPromise();
      await connection.close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error("The MongoDB server was started and does not answer.");
}

async function end(child: ChildProcess, folder?: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  if (folder) rmSync(folder, { recursive: true, force: true });
}

export function onPath(name: string): string | undefined {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
