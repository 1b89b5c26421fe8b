import { MongoBackend } from "@agendajs/mongo-backend";
import { Agenda } from "agenda";
import { MongoClient } from "mongodb";
import { openWith } from "./agenda-like.js";

/** Agenda with its defaults, which were faster here than a shorter `processEvery`. */
export async function open(context) {
  const client = await new MongoClient(context.uri, { monitorCommands: true }).connect();
  client.on("commandStarted", context.onCommand);
  const agenda = new Agenda({
    backend: new MongoBackend({ mongo: client.db() }),
    maxConcurrency: context.concurrency,
    defaultConcurrency: context.concurrency,
  });
  return openWith(agenda, client, client.db().collection("agendaJobs"), context);
}
