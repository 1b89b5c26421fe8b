import { FingerprintSet, fingerprintOf, type Meeting } from "./fingerprint-set.ts";
import type { NewsletterStore } from "./newsletter-store.ts";

/** Who is planned already, and whom this reading of the audience has met. */
export interface People {
  /** Of how many people it is asked at once. */
  readonly atOnce: number;
  /** Knows people whom an earlier planner planned. */
  remember(identities: readonly string[]): Promise<void> | void;
  /** Meets the people of rows, in their order. */
  meet(identities: readonly string[]): Promise<readonly Meeting[]> | readonly Meeting[];
  /** Forgets everybody. */
  forget(): Promise<void> | void;
}

/** In 21 to 27 bytes of this process's memory for each. */
export function peopleInMemory(): People {
  const known = new FingerprintSet();
  return {
    atOnce: 1,
    remember: (identities) => {
      for (const identity of identities) known.remember(identity);
    },
    meet: (identities) => identities.map((identity) => known.meet(identity)),
    forget: () => undefined,
  };
}

/** People whom the store is asked of in one write. */
const AT_ONCE = 1_000;

/** In the store, so that the planner's memory does not grow with the audience. What it knows is this planner's alone. */
export function peopleInStore(ledger: NewsletterStore, newsletter: string, planner: string): People {
  return {
    atOnce: AT_ONCE,
    remember: async (identities) => {
      await ledger.rememberPeople(newsletter, planner, identities.map(fingerprintOf));
    },
    meet: async (identities) => {
      const prints = identities.map(fingerprintOf);
      const unique = [...new Set(prints)];
      const met = await ledger.meetPeople(newsletter, planner, unique);
      const first = new Map(unique.map((print, at) => [print, met[at] ?? "again"]));
      // Who stands in these rows twice is met again the second time.
      return prints.map((print) => {
        const meeting = first.get(print) ?? "again";
        first.delete(print);
        return meeting;
      });
    },
    forget: () => ledger.forgetPeople(newsletter, planner),
  };
}
