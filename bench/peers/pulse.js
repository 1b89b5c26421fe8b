import { Pulse } from "@pulsecron/pulse";
import { MongoClient } from "mongodb";
import { openWith } from "./agenda-like.js";

/** Pulse with a number for `processEvery`, because a text becomes NaN. */
export async function open(context) {
  const client = await new MongoClient(context.uri, { monitorCommands: true }).connect();
  client.on("commandStarted", context.onCommand);
  const pulse = new Pulse({
    mongo: client.db(),
    resumeOnRestart: false,
    maxConcurrency: context.concurrency,
    defaultConcurrency: context.concurrency,
    disableAutoIndex: false,
  });
  return openWith(pulse, client, client.db().collection("pulseJobs"), context);
}
