import { MongoBackend } from "@agendajs/mongo-backend";
import { Agenda } from "agenda";
import { MongoClient } from "mongodb";
import { openWith } from "./agenda-like.js";

/** Agenda as its documentation tunes it for throughput. */
export async function open(context) {
  const client = await new MongoClient(context.uri, { monitorCommands: true }).connect();
  client.on("commandStarted", context.onCommand);
  const agenda = new Agenda({
    backend: new MongoBackend({ mongo: client.db() }),
    processEvery: 100,
    maxConcurrency: 100,
    defaultConcurrency: context.concurrency,
  });
  return openWith(agenda, client, client.db().collection("agendaJobs"), context);
}
