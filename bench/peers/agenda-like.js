const PAYLOAD = { text: "x".repeat(185) };

/** Agenda and Pulse have one interface. */
export async function openWith(scheduler, client, jobs, { concurrency }) {
  let performed = 0;
  scheduler.define(
    "noop",
    async () => {
      performed += 1;
    },
    { concurrency },
  );
  await (scheduler.ready ?? new Promise((resolve) => scheduler.once("ready", resolve)));
  return {
    enqueueOneByOne: async (count) => {
      for (let index = 0; index < count; index++) await scheduler.now("noop", PAYLOAD);
    },
    workOff: async (count) => {
      await scheduler.start();
      while (performed < count) await new Promise((resolve) => setTimeout(resolve, 5));
      for (;;) {
        const left = await jobs.countDocuments({ lockedAt: { $ne: null } });
        if (left === 0) break;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await scheduler.stop();
    },
    close: () => client.close(),
  };
}
