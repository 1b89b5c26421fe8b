import { afterEach, describe } from "vitest";
import { describeByHand } from "./job-store/by-hand.ts";
import { describeClaiming } from "./job-store/claiming.ts";
import { describeGroups } from "./job-store/groups.ts";
import { describeInserting } from "./job-store/inserting.ts";
import { describeLeases } from "./job-store/leases.ts";
import { describeLimits } from "./job-store/limits.ts";
import { describeLooking } from "./job-store/looking.ts";
import { describeNotes } from "./job-store/notes.ts";
import { describeQueues } from "./job-store/queues.ts";
import { describeSettling } from "./job-store/settling.ts";
import { type JobStoreUnderTest, setupOf } from "./job-store/setup.ts";
import { describeUniqueKeys } from "./job-store/unique-keys.ts";
import { describeWatching } from "./job-store/watching.ts";

const PARTS = [
  describeInserting,
  describeUniqueKeys,
  describeClaiming,
  describeQueues,
  describeSettling,
  describeNotes,
  describeLeases,
  describeLooking,
  describeByHand,
  describeGroups,
  describeLimits,
  describeWatching,
];

/** What every job store has to do; its port says it in words. */
export function describeJobStore(name: string, open: () => Promise<JobStoreUnderTest>): void {
  describe(`${name} as a job store`, () => {
    const opened: JobStoreUnderTest[] = [];
    afterEach(async () => {
      for (const under of opened.splice(0)) await under.close();
    });
    const setup = setupOf(async (options) => {
      const under = await open();
      opened.push(under);
      return { under, store: await under.open(options) };
    });
    for (const describePart of PARTS) describePart(setup);
  });
}
