import { afterEach, describe, expect, it } from "vitest";
import { slotsOf } from "../../src/transports/rates/rate.ts";
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
  });
}
