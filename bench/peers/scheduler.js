const PAYLOAD = { text: "x".repeat(185) };

/** Agenda and Pulse have one interface. */
export function contenderWith(scheduler, client, jobs) {
  return {
    enqueueOneByOne: async (count) => {
      scheduler.define("noop", async () => undefined);
      for (let index = 0; index < count; index++) await scheduler.now("noop", PAYLOAD);
    },
    work: async (onPerformed) => {
      scheduler.define("noop", async () => onPerformed());
      await scheduler.start();
    },
    isDrained: async () => {
      const waiting = { $or: [{ lockedAt: { $ne: null } }, { nextRunAt: { $ne: null } }] };
      return (await jobs.findOne(waiting, { projection: { _id: 1 } })) === null;
    },
    close: () => client.close(),
  };
}
