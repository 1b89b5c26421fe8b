import { once } from "node:events";
import { Pulse } from "@pulsecron/pulse";
import { MongoClient } from "mongodb";
import { contenderWith } from "./scheduler.js";

export async function open({ uri, settings, onCommand }) {
  const client = await new MongoClient(uri, { monitorCommands: true }).connect();
  client.on("commandStarted", onCommand);
  // `resumeOnRestart` would start the jobs of other processes again, which is its default.
  const pulse = new Pulse({
    mongo: client.db(),
    resumeOnRestart: false,
    disableAutoIndex: false,
    ...settings,
  });
  await once(pulse, "ready");
  return contenderWith(pulse, client, client.db().collection("pulseJobs"));
}
