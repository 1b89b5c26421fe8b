import { expect, it, onTestFinished } from "vitest";
import { openStores } from "../../src/app/open-stores.ts";
import { resolveConfig } from "../../src/config/resolve-config.ts";
import { Job } from "../../src/index.ts";
import type { Child } from "../support/child.ts";
import { eventually } from "../support/eventually.ts";
import { describeJourney, describeSqliteJourney, type Journey } from "./journey.ts";

const PEOPLE = 20_000;
const THIRD = 6_700;

function startPlanner({ startPlanner }: Journey, key: string): Child {
  return startPlanner([key, String(PEOPLE)], {});
}

/** A planner that has read a third of its audience. Its lease is short, because the next one waits for its end. */
async function startToAThird(journey: Journey, key: string): Promise<Child> {
  const child = journey.startPlanner([key, String(PEOPLE), String(THIRD)], { PLANNER_LEASE_MS: "1000" });
  await eventually("a third is read", () => child.output().includes(`read ${THIRD}`));
  return child;
}

/** Everybody who is in a chunk, as often as they are. */
async function plannedPeople({ env }: Journey, id: string): Promise<readonly string[]> {
  const stores = await openStores(resolveConfig({}, { ...env }));
  onTestFinished(() => stores.close());
  const people: string[] = [];
  for await (const { identities } of stores.ledger.chunks(id)) people.push(...identities);
  return people;
}

async function expectEverybodyOnce(journey: Journey, key: string): Promise<void> {
  const newsletter = await journey.app.newsletters.find(key);
  const progress = await newsletter?.progress();
  expect(progress).toMatchObject({ planned: true, recipients: PEOPLE, duplicates: 0, pending: PEOPLE });
  const people = await plannedPeople(journey, newsletter?.id ?? "");
  expect([people.length, new Set(people).size]).toEqual([PEOPLE, PEOPLE]);
  expect(await Job.where({ queue: "newsletters" }).count()).toBe(progress?.chunks);
}

describeJourney("planning a newsletter", (start) => {
  it("whose planner is killed at a third and started again at once plans everybody once", async () => {
    const journey = await start();
    const killed = await startToAThird(journey, "p1");
    await killed.end("SIGKILL");
    const partial = await (await journey.app.newsletters.find("p1"))?.progress();
    expect(partial).toMatchObject({ planned: false, recipients: 6_500 });
    const next = startPlanner(journey, "p1");
    expect(await next.ended).toBe(0);
    expect(next.events()).toMatchObject([{ event: "planned", planned: true, recipients: PEOPLE }]);
    await expectEverybodyOnce(journey, "p1");
  });
});

describeSqliteJourney(
  "planning a newsletter with a planner that is stopped for longer than its lease",
  (start) => {
    it("is done by another; the first says so when it goes on", async () => {
      const journey = await start();
      const stopped = await startToAThird(journey, "p2");
      stopped.signal("SIGSTOP");
      const next = startPlanner(journey, "p2");
      expect(await next.ended).toBe(0);
      stopped.signal("SIGCONT");
      expect(await stopped.ended).toBe(1);
      expect(stopped.output()).toContain("another took the planning over");
      await expectEverybodyOnce(journey, "p2");
    });
  },
);
