import { promisify } from "node:util";
import mongoDbQueue from "mongodb-queue";
import mongodb from "mongodb3";

const PAYLOAD = { text: "x".repeat(185) };
const EMPTY_MS = 10;

/** The plainest queue on MongoDB: one findAndModify to take a job, one to acknowledge it, in a loop of the user's own. */
export async function open({ uri, settings: { loops }, onCommand }) {
  const client = new mongodb.MongoClient(uri, { useUnifiedTopology: true, monitorCommands: true });
  await client.connect();
  client.on("commandStarted", onCommand);
  const queue = mongoDbQueue(client.db(), "queue");
  const call = (method) => promisify(queue[method].bind(queue));
  await call("createIndexes")();
  const [add, get, ack] = ["add", "get", "ack"].map(call);
  const loop = async (onPerformed) => {
    for (;;) {
      for (let job = await get(); job; job = await get()) {
        await ack(job.ack);
        onPerformed();
      }
      await new Promise((resolve) => setTimeout(resolve, EMPTY_MS));
    }
  };
  return {
    enqueueOneByOne: async (count) => {
      for (let index = 0; index < count; index++) await add(PAYLOAD);
    },
    enqueueBulk: async (count) => {
      for (let left = count; left > 0; left -= 1000)
        await add(Array.from({ length: Math.min(left, 1000) }, () => PAYLOAD));
    },
    work: async (onPerformed) => {
      for (let index = 0; index < loops; index++) void loop(onPerformed);
    },
    isDrained: async () =>
      (await client
        .db()
        .collection("queue")
        .findOne({ deleted: { $exists: false } })) === null,
    close: () => client.close(),
  };
}
