import { MailTime, MongoQueue } from "mail-time";
import { MongoClient } from "mongodb";

const HTML = "x".repeat(185);

/** mail-time with a transport that takes every mail at once. */
export async function open({ uri, settings: { josk, ...settings }, onCommand }) {
  const client = await new MongoClient(uri, { monitorCommands: true }).connect();
  client.on("commandStarted", onCommand);
  const db = client.db();
  const queue = new MongoQueue({ db });
  const transport = {
    options: { from: "a@example.com" },
    sendMail: (_, done) => done(undefined, { accepted: ["b@example.com"] }),
  };
  return {
    enqueueOneByOne: async (count) => {
      const sender = new MailTime({ type: "client", queue });
      for (let index = 0; index < count; index++)
        await sender.sendMail({ to: "b@example.com", subject: "s", html: HTML });
    },
    work: async (onPerformed) => {
      new MailTime({
        ...settings,
        type: "server",
        queue,
        josk: { ...josk, adapter: { type: "mongo", db } },
        transports: [transport],
        from: () => "a@example.com",
        onSent: onPerformed,
        onError: (error) => {
          throw error instanceof Error ? error : new Error(String(error));
        },
      });
    },
    isDrained: async () => (await queue.collection.findOne({}, { projection: { _id: 1 } })) === null,
    close: () => client.close(),
  };
}
