import { createRequire } from "node:module";

/** What is used of a mongoose, of whatever copy and version. */
interface LoadedMongoose {
  readonly models: Readonly<Record<string, unknown>>;
  readonly connection: { readonly readyState: number };
}

const FILE = /[\\/]mongoose[\\/](?:lib[\\/])?index\.js$/;
const DISCONNECTED = 0;

/**
 * The models of every mongoose that the application loaded in this process and connects nowhere: one that is connecting is none of them.
 * No mongoose is loaded to find that out.
 */
export function unconnectedModels(): readonly string[] {
  const loaded = Object.entries(createRequire(import.meta.url).cache);
  const copies = loaded.flatMap(([file, module]) => {
    const exported: unknown = FILE.test(file) ? module?.exports : undefined;
    return isMongoose(exported) ? [exported] : [];
  });
  const idle = copies.filter(({ connection }) => connection.readyState === DISCONNECTED);
  return [...new Set(idle.flatMap(({ models }) => Object.keys(models)))];
}

function isMongoose(value: unknown): value is LoadedMongoose {
  return typeof value === "object" && value !== null && "models" in value && "connection" in value;
}
