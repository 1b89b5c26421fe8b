import type { Newsletter } from "../../src/index.ts";
import type { Newsletters } from "../../src/newsletters/newsletters.ts";
import { persistently } from "../persistently.ts";
import type { Random } from "../random.ts";
import type { Fault } from "./fault.ts";

/** What an operator can do to a newsletter that is on its way. */
export function newsletterFaults(newsletters: Newsletters, leaseMs: number): Readonly<Record<string, Fault>> {
  return {
    "pause a newsletter": {
      weight: 3,
      of: "a newsletter",
      begin: async (_, random) => {
        const newsletter = await runningOne(newsletters, random);
        if (newsletter === undefined) return undefined;
        await persistently(() => newsletter.pause());
        const ms = random.between(0, 2 * leaseMs);
        return { ms, end: () => persistently(() => newsletter.resume()) };
      },
    },
    "cancel a newsletter": {
      weight: 0.3,
      of: "a newsletter",
      begin: async (_, random) => {
        const newsletter = await runningOne(newsletters, random);
        if (newsletter === undefined) return undefined;
        await persistently(() => newsletter.cancel());
        return { ms: 0 };
      },
    },
  };
}

async function runningOne(newsletters: Newsletters, random: Random): Promise<Newsletter | undefined> {
  const running: Newsletter[] = [];
  for (const newsletter of await persistently(() => newsletters.list()))
    if ((await persistently(() => newsletter.progress())).state === "running") running.push(newsletter);
  return random.pick(running);
}
