import { MailTime, MongoQueue } from "mail-time";
import { MongoClient } from "mongodb";

const HTML = "x".repeat(185);

/** mail-time with a transport that takes every mail at once. */
export async function open({ uri, onCommand }) {
  const client = await new MongoClient(uri, { monitorCommands: true }).connect();
  client.on("commandStarted", onCommand);
  const db = client.db();
  let sent = 0;
  const transport = {
    options: { from: "a@example.com" },
    sendMail: (_, done) => done(undefined, { accepted: ["b@example.com"] }),
  };
  const settings = {
    queue: new MongoQueue({ db }),
    josk: { adapter: { type: "mongo", db }, minRevolvingDelay: 8, maxRevolvingDelay: 32 },
    concatEmails: false,
  };
  const sender = new MailTime({ ...settings, type: "client" });
  return {
    enqueueOneByOne: async (count) => {
      for (let index = 0; index < count; index++)
        await sender.sendMail({ to: "b@example.com", subject: "s", html: HTML });
    },
    workOff: async (count) => {
      new MailTime({
        ...settings,
        type: "server",
        transports: [transport],
        from: () => "a@example.com",
        revolvingInterval: 8,
        onSent: () => {
          sent += 1;
        },
        onError: (error) => {
          throw error instanceof Error ? error : new Error(String(error));
        },
      });
      while (sent < count) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    close: () => client.close(),
  };
}
