import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/job-store.ts";
import type { ContenderContext, OpenContender } from "../support/contender.ts";
import { contenderOn } from "./ours-mongo.ts";

export const open: OpenContender = async ({ uri, concurrency }: ContenderContext) => {
  const database = await openDatabase(uri);
  return contenderOn(new SqliteJobStore(database), concurrency, async () => void database.close());
};
