import { MongoBackend } from "@agendajs/mongo-backend";
import { Agenda } from "agenda";
import { MongoClient } from "mongodb";
import { contenderWith } from "./scheduler.js";

export async function open({ uri, settings, onCommand }) {
  const client = await new MongoClient(uri, { monitorCommands: true }).connect();
  client.on("commandStarted", onCommand);
  const agenda = new Agenda({ backend: new MongoBackend({ mongo: client.db() }), ...settings });
  await agenda.ready;
  return contenderWith(agenda, client, client.db().collection("agendaJobs"));
}
