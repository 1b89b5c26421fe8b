import { promisify } from "node:util";
import mongoDbQueue from "mongodb-queue";
import mongodb from "mongodb3";

const PAYLOAD = { text: "x".repeat(185) };

/** The plainest queue on MongoDB: one findAndModify to take a job, one to acknowledge it. */
export async function open({ uri, concurrency, onCommand }) {
  const client = new mongodb.MongoClient(uri, { useUnifiedTopology: true, monitorCommands: true });
  await client.connect();
  client.on("commandStarted", onCommand);
  const queue = mongoDbQueue(client.db(), "queue");
  const call = (method) => promisify(queue[method].bind(queue));
  await call("createIndexes")();
  const [add, get, ack] = ["add", "get", "ack"].map(call);
  const loop = async () => {
    for (let job = await get(); job; job = await get()) await ack(job.ack);
  };
  return {
    enqueueOneByOne: async (count) => {
      for (let index = 0; index < count; index++) await add(PAYLOAD);
    },
    enqueueBulk: async (count) => {
      for (let left = count; left > 0; left -= 1000)
        await add(Array.from({ length: Math.min(left, 1000) }, () => PAYLOAD));
    },
    workOff: async () => {
      await Promise.all(Array.from({ length: concurrency }, loop));
    },
    close: () => client.close(),
  };
}
