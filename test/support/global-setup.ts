import type { TestProject } from "vitest/node";
import { startMongoServer } from "./mongo-server.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A MongoDB server for all tests; each takes a database of its own. */
    mongoUri: string;
  }
}

/** Starts the MongoDB server that all test files share. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startMongoServer();
  project.provide("mongoUri", server.uri);
  return () => server.close();
}
