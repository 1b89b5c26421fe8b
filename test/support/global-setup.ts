import type { TestProject } from "vitest/node";
import { findMongoServer } from "./mongo-server.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** `MONGODB_URI` of the process that runs the tests: a server for all of them. */
    givenMongoUri: string;
  }
}

export async function setup(project: TestProject): Promise<void> {
  await findMongoServer();
  project.provide("givenMongoUri", process.env.MONGODB_URI ?? "");
}
