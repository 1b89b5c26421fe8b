import { fileURLToPath } from "node:url";
import { Sidequest } from "sidequest";
import { NoopJob, told } from "./noop-job.js";

const PAYLOAD = { text: "x".repeat(185) };

/** In this process instead of a forked one, so that its commands can be counted; without its dashboard. */
export async function open({ uri, settings, onCommand }) {
  const counted = new URL(uri);
  counted.searchParams.set("monitorCommands", "true");
  const config = {
    fork: false,
    dashboard: { enabled: false },
    logger: { level: "error" },
    gracefulShutdown: false,
    manualJobResolution: true,
    jobsFilePath: fileURLToPath(new URL("sidequest.jobs.js", import.meta.url)),
    ...settings,
    backend: { driver: "@sidequest/mongo-backend", config: counted.href },
  };
  await Sidequest.configure(config);
  const { client, jobs } = Sidequest.getBackend().backend;
  client.on("commandStarted", onCommand);
  return {
    enqueueOneByOne: async (count) => {
      for (let index = 0; index < count; index++) await Sidequest.build(NoopJob).enqueue(PAYLOAD);
    },
    work: async (onPerformed) => {
      told.performed = onPerformed;
      await Sidequest.start(config);
    },
    isDrained: async () => {
      const left = { state: { $in: ["waiting", "claimed", "running"] } };
      return (await jobs.findOne(left, { projection: { _id: 1 } })) === null;
    },
    close: () => Sidequest.stop(),
  };
}
