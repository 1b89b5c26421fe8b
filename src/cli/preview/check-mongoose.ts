import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { importMongoose } from "../../stores/mongo/application-mongoose.ts";
import type { Finding } from "./finding.ts";

const FOLDER = "workers";
const CONNECTS = /\bconnect(?:ion)?\w*\(/i;

/**
 * Models of mailers need a connection in the worker's process, and nothing else makes it: what the library connects to is its store.
 * @returns nothing where no mailer's file makes a model
 */
export async function mongooseFindings(): Promise<readonly Finding[]> {
  const mongoose = await importMongoose().catch(() => undefined);
  const models = Object.keys(mongoose?.models ?? {});
  if (mongoose === undefined || models.length === 0) return [];
  if (mongoose.connection.readyState !== 0 || aWorkerConnects())
    return [{ part: "mongoose", problems: [], advice: [] }];
  const advice = `${models.join(", ")}: no file of mailers/ or ${FOLDER}/ connects mongoose, so their queries would wait in the worker and fail. Write "await mongoose.connect(...)" before runWorker() (docs/mongoose.md).`;
  return [{ part: "mongoose", problems: [], advice: [advice] }];
}

function aWorkerConnects(): boolean {
  if (!existsSync(FOLDER)) return false;
  return readdirSync(FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .some((entry) => CONNECTS.test(readFileSync(join(entry.parentPath, entry.name), "utf8")));
}
