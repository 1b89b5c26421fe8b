import { afterEach, describe, expect, it } from "vitest";
import { slotsOf } from "../../src/jobs/rate.ts";
import type { RateStore } from "../../src/transports/rates/rate-store.ts";

export interface RateLedgerUnderTest {
  /** Opens a ledger on one database; a second call opens another on the same one, as another process would. */
  open(): Promise<RateStore>;
  close(): Promise<void>;
}

const PER_MINUTE = { limit: 10, per: 60_000 };
const PER_SECOND = { limit: 10, per: 1_000 };

/** What every rate ledger has to do; its port says it in words. */
export function describeRateStore(name: string, start: () => Promise<RateLedgerUnderTest>): void {
  describe(`${name} as a rate ledger`, () => {
    const started: RateLedgerUnderTest[] = [];
    afterEach(async () => {
      for (const under of started.splice(0)) await under.close();
    });
    const setup = async () => {
      const under = await start();
      started.push(under);
      return { under, ledger: await under.open() };
    };

    it("grants what is wanted while there is some", async () => {
      const { ledger } = await setup();
      expect(await ledger.reserve("a", 4, PER_MINUTE)).toEqual({ granted: 4, retryIn: 0 });
      expect(await ledger.reserve("a", 6, PER_MINUTE)).toEqual({ granted: 6, retryIn: 0 });
    });

    it("grants the rest, then nothing, and says when there will be more", async () => {
      const { ledger } = await setup();
      await ledger.reserve("a", 7, PER_MINUTE);
      const { granted, retryIn } = await ledger.reserve("a", 7, PER_MINUTE);
      expect(granted).toBe(3);
      const later = await ledger.reserve("a", 1, PER_MINUTE);
      expect(later.granted).toBe(0);
      const { length, count } = slotsOf(PER_MINUTE);
      for (const ms of [retryIn, later.retryIn]) {
        expect(ms).toBeGreaterThan(60_000 - 5_000);
        expect(ms).toBeLessThanOrEqual(length * count);
      }
    });

    it("counts each key by itself", async () => {
      const { ledger } = await setup();
      await ledger.reserve("a", 10, PER_MINUTE);
      expect((await ledger.reserve("b", 10, PER_MINUTE)).granted).toBe(10);
    });

    it("counts what all processes have reserved together, however they race", async () => {
      const { under } = await setup();
      const ledgers = await Promise.all(Array.from({ length: 4 }, () => under.open()));
      const wanted = Array.from({ length: 40 }, (_, index) => ledgers[index % 4]!);
      const granted = await Promise.all(
        wanted.map((ledger) => ledger.reserve("a", 3, { limit: 50, per: 60_000 })),
      );
      expect(granted.reduce((sum, each) => sum + each.granted, 0)).toBe(50);
    });

    it("has all of it again when the span is over, at the time it said, and never more before", async () => {
      const { ledger } = await setup();
      const startedAt = performance.now();
      expect((await ledger.reserve("a", 10, PER_SECOND)).granted).toBe(10);
      let next = await ledger.reserve("a", 10, PER_SECOND);
      while (next.granted === 0) {
        const wait = Math.ceil(next.retryIn);
        await new Promise((resolve) => setTimeout(resolve, wait));
        next = await ledger.reserve("a", 10, PER_SECOND);
      }
      expect(next).toEqual({ granted: 10, retryIn: 0 });
      expect(performance.now() - startedAt).toBeGreaterThan(1_000);
    });

    it("goes by the new rate when it was changed", async () => {
      const { ledger } = await setup();
      await ledger.reserve("a", 10, PER_MINUTE);
      expect((await ledger.reserve("a", 10, { limit: 15, per: 60_000 })).granted).toBe(5);
      expect((await ledger.reserve("a", 10, { limit: 5, per: 60_000 })).granted).toBe(0);
      expect((await ledger.reserve("a", 3, { limit: 3, per: 3_600_000 })).granted).toBe(3);
    });

    const a = { id: "a", leaseMs: 30_000 };
    const b = { id: "b", leaseMs: 30_000 };

    it("gives permits to several holders, no more than there are", async () => {
      const { ledger } = await setup();
      expect(await ledger.hold("gmail", a, 2, 3)).toBe(2);
      expect(await ledger.hold("gmail", b, 2, 3)).toBe(1);
      expect(await ledger.hold("gmail", b, 5, 3)).toBe(1);
      expect(await ledger.hold("yahoo", b, 2, 3)).toBe(2);
      expect(await ledger.hold("gmail", a, 0, 3)).toBe(0);
      expect(await ledger.hold("gmail", b, 5, 3)).toBe(3);
    });

    it("takes no permit from who asks for it again, though the limit is lower by then", async () => {
      const { ledger } = await setup();
      await ledger.hold("gmail", a, 2, 4);
      await ledger.hold("gmail", b, 2, 4);
      expect(await ledger.hold("gmail", a, 2, 1)).toBe(2);
      expect(await ledger.hold("gmail", a, 3, 1)).toBe(2);
      expect(await ledger.hold("gmail", a, 1, 1)).toBe(1);
      expect(await ledger.hold("gmail", a, 2, 1)).toBe(1);
    });

    it("gives the permits of a holder who is not heard of to others", async () => {
      const { ledger } = await setup();
      expect(await ledger.hold("gmail", a, 2, 2)).toBe(2);
      expect(await ledger.hold("gmail", b, 1, 2)).toBe(0);
      // The last that is heard of him.
      expect(await ledger.hold("gmail", { ...a, leaseMs: 50 }, 2, 2)).toBe(2);
      await expect.poll(() => ledger.hold("gmail", b, 1, 2)).toBe(1);
      expect(await ledger.hold("gmail", a, 2, 2)).toBe(1);
    });

    it("lets a holder keep his permits for as long as he asks again in time", async () => {
      const { ledger } = await setup();
      const startedAt = performance.now();
      const lasting = { ...a, leaseMs: 2_000 };
      await ledger.hold("gmail", lasting, 1, 1);
      while (performance.now() - startedAt < 3_000) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        expect(await ledger.hold("gmail", lasting, 1, 1)).toBe(1);
        expect(await ledger.hold("gmail", b, 1, 1)).toBe(0);
      }
    });

    it("never gives more permits than there are, however holders race", async () => {
      const { under } = await setup();
      const ledgers = await Promise.all(Array.from({ length: 4 }, () => under.open()));
      const granted = await Promise.all(
        Array.from({ length: 40 }, (_, at) =>
          ledgers[at % 4]!.hold("gmail", { id: `${at}`, leaseMs: 30_000 }, 2, 7),
        ),
      );
      expect(granted.reduce((sum, each) => sum + each, 0)).toBe(7);
    });

    const today = { period: "2026-11-30", limit: 10 };

    it("lets no more be drawn in a period than it has, and as much again in the next", async () => {
      const { ledger } = await setup();
      expect(await ledger.draw("warm-up", { ...today, wanted: 7 })).toBe(7);
      expect(await ledger.draw("warm-up", { ...today, wanted: 7 })).toBe(3);
      expect(await ledger.draw("warm-up", { ...today, wanted: 1 })).toBe(0);
      expect(await ledger.draw("other", { ...today, wanted: 1 })).toBe(1);
      expect(await ledger.draw("warm-up", { ...today, period: "2026-12-01", wanted: 20 })).toBe(10);
    });

    it("takes back what was not used", async () => {
      const { ledger } = await setup();
      await ledger.draw("warm-up", { ...today, wanted: 10 });
      expect(await ledger.draw("warm-up", { ...today, wanted: -4 })).toBe(0);
      expect(await ledger.draw("warm-up", { ...today, wanted: 9 })).toBe(4);
      await ledger.draw("warm-up", { ...today, wanted: -99 });
      expect(await ledger.draw("warm-up", { ...today, wanted: 99 })).toBe(10);
    });

    it("never goes back to an earlier period, whose clock ever is behind", async () => {
      const { ledger } = await setup();
      await ledger.draw("warm-up", { ...today, wanted: 9 });
      expect(await ledger.draw("warm-up", { ...today, period: "2026-11-29", wanted: 9 })).toBe(1);
      expect(await ledger.draw("warm-up", { ...today, wanted: 9 })).toBe(0);
    });

    it("counts what all processes draw together, however they race", async () => {
      const { under } = await setup();
      const ledgers = await Promise.all(Array.from({ length: 4 }, () => under.open()));
      const drawn = await Promise.all(
        Array.from({ length: 40 }, (_, at) =>
          ledgers[at % 4]!.draw("warm-up", { ...today, wanted: 3, limit: 50 }),
        ),
      );
      expect(drawn.reduce((sum, each) => sum + each, 0)).toBe(50);
    });
  });
}
