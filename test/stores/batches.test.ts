import { MongoBatchStore } from "../../src/stores/mongo/batch-store.ts";
import { connect } from "../../src/stores/mongo/connection.ts";
import { createIndexes } from "../../src/stores/mongo/indexes.ts";
import { SqliteBatchStore } from "../../src/stores/sqlite/batch-store.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { describeBatchStore } from "../contracts/batch-store.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";

describeBatchStore("SQLite", async () => {
  const database = await openDatabase(":memory:");
  return { batches: new SqliteBatchStore(database), close: async () => database.close() };
});

describeBatchStore("MongoDB", async () => {
  const connection = await connect(await newMongoDatabase());
  const batches = new MongoBatchStore(connection);
  await createIndexes(connection, batches.indexes);
  return {
    batches,
    close: async () => {
      await connection.dropDatabase();
      await connection.close();
    },
  };
});
