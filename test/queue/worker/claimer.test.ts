import { expect, it } from "vitest";
import type { ClaimRequest, JobStore } from "../../../src/jobs/job-store.ts";
import { Claimer } from "../../../src/queue/worker/claimer.ts";
import { resolveWorkerOptions } from "../../../src/queue/worker/worker-options.ts";

function setup(claim: (request: ClaimRequest) => unknown, nextDue: Date | undefined = undefined) {
  const store = {
    claim: async (request: ClaimRequest) => claim(request),
    nextDue: async () => nextDue,
    isWatching: true,
    clockOffset: 0,
  } as unknown as JobStore;
  const claimer = new Claimer({
    store,
    workerId: "w",
    options: resolveWorkerOptions({ sleepDelay: 1_000 }),
    heldIn: () => 0,
    holdsPoisonous: () => false,
    now: () => 0,
    random: () => 0.5,
  });
  return { claimer };
}

it("waits ever longer while the store fails, at most ten seconds, however often that is (DJ-097)", async () => {
  const { claimer } = setup(() => {
    throw new Error("no connection");
  });
  const pauses: number[] = [];
  for (let failure = 1; failure <= 12; failure++) {
    await expect(claimer.claim(1)).rejects.toThrow("no connection");
    pauses.push(await claimer.pauseMs());
  }
  expect(pauses).toEqual([1_000, 1_000, 1_000, 1_600, 3_200, 6_400, ...Array(6).fill(10_000)]);
  expect(claimer.isFailing).toBe(true);
});

it("looks again as usual when the store answers again", async () => {
  let failures = 1;
  const { claimer } = setup(() => {
    if (failures-- > 0) throw new Error("no connection");
    return [];
  });
  await claimer.claim(1).catch(() => undefined);
  await claimer.claim(1);
  expect(claimer.isFailing).toBe(false);
  // Five times as long, because the store tells of new jobs.
  expect(await claimer.pauseMs()).toBe(5_000);
});

it("looks when the next job is due, where that is sooner", async () => {
  const { claimer } = setup(() => [], new Date(70));
  expect(await claimer.pauseMs()).toBe(70);
});

it("claims with a new token each time", async () => {
  const tokens: string[] = [];
  const { claimer } = setup(({ token }) => {
    tokens.push(token);
    return [];
  });
  await claimer.claim(1);
  await claimer.claim(1);
  expect(new Set(tokens).size).toBe(2);
});
