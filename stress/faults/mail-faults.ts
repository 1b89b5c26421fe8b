import type { Fault } from "./fault.ts";

/** What can be done to the mail server, which besides treats its clients in another way each time it is started. */
export function mailFaults(leaseMs: number): Readonly<Record<string, Fault>> {
  return {
    "kill the mail server": {
      weight: 10,
      of: "the mail server",
      begin: async ({ mailServer }, random) => {
        if (!mailServer.isAtWork) return undefined;
        // Mostly it is back at once, as with a supervisor; now and then somebody has to look after it.
        const ms = random.chance(0.7) ? random.between(200, 1_500) : random.between(1_500, 3 * leaseMs);
        mailServer.kill(ms);
        return { ms };
      },
    },
    "hang up": {
      weight: 4,
      of: "the mail server",
      begin: async ({ mailServer }) => {
        if (!mailServer.isAtWork) return undefined;
        mailServer.send("hang up");
        return { ms: 0 };
      },
    },
  };
}
