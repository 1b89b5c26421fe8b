import { describe, expect, it } from "vitest";
import { ChunkRun, type ChunkRunOptions } from "../../src/newsletters/chunk-run.ts";
import { byteOf, outcomeOf } from "../../src/newsletters/outcome.ts";
import { comeBackAt, readWaits, writeWaits } from "../../src/newsletters/waits.ts";
import type { Outcome } from "../../src/transports/transport.ts";
import { aChunk } from "../contracts/newsletter-store.ts";

const SENT: Outcome = { class: "sent", response: "250 ok", accepted: ["x"], refused: [] };
const DEFERRED: Outcome = { ...SENT, class: "deferred", response: "451 busy" };
const NOT_YET: Outcome = { ...SENT, class: "throttled", ownLimit: true, provider: "gmail", response: "full" };

function aRun(people: readonly string[], changes: Partial<ChunkRunOptions>) {
  const seen: string[] = [];
  const outcomes = changes.outcomes ?? new Uint8Array(people.length);
  const send = changes.send ?? (async () => SENT);
  const run = new ChunkRun({
    ledger: { record: async () => true },
    chunk: { ...aChunk("b", 0, people), identities: people },
    token: "t",
    stateOfNewsletter: async () => "running",
    concurrency: 3,
    signal: new AbortController().signal,
    ...changes,
    outcomes,
    send: async (index, signal, wire) => {
      seen.push(people[index] ?? "");
      return send(index, signal, wire);
    },
  });
  return { run, seen, outcomes: () => Array.from(outcomes, outcomeOf) };
}

const people = (count: number, domain: string) =>
  Array.from({ length: count }, (_, at) => `p${at}@${domain}`);

describe("recipients whose mail provider may not be sent to for now", () => {
  it("are put aside, and all others get their mail", async () => {
    const all = [...people(40, "gmail.com"), ...people(40, "web.de")];
    const { run, seen, outcomes } = aRun(all, {
      send: async (index) => (index < 40 ? { ...NOT_YET, retryAfter: 60_000 } : SENT),
    });
    expect(await run.run()).toBeUndefined();
    expect(outcomes().filter((outcome) => outcome === "sent")).toHaveLength(40);
    expect(outcomes().slice(0, 40)).toEqual(Array(40).fill("pending"));
    // Each sender may have had one in hand; the others were not even made.
    expect(seen.filter((person) => person.endsWith("gmail.com")).length).toBeLessThanOrEqual(3);
    const { aside, times, deferred } = run.again;
    expect([aside, deferred.size, times.length]).toEqual([40, 0, 40]);
    expect(Math.max(...times) - run.now()).toBeLessThanOrEqual(60_000);
    expect(Math.min(...times) - run.now()).toBeGreaterThan(50_000);
  });

  it("are sent to in between as soon as they may be", async () => {
    const all = [...people(5, "gmail.com"), ...people(400, "web.de")];
    let asked = 0;
    const { run, outcomes, seen } = aRun(all, {
      send: async (index) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (index >= 5) return SENT;
        asked += 1;
        return asked <= 3 ? { ...NOT_YET, retryAfter: 5 } : SENT;
      },
    });
    await run.run();
    expect(new Set(outcomes())).toEqual(new Set(["sent"]));
    expect(seen.slice(-1)).toEqual(["p399@web.de"]);
    expect(run.again.aside).toBe(0);
  });

  it("go on at the places that they have, when only they are left", async () => {
    let open = 0;
    const { run, outcomes } = aRun(people(20, "gmail.com"), {
      send: async () => {
        if (open >= 1) return { ...NOT_YET, retryAfter: 60_000 };
        open += 1;
        await new Promise((resolve) => setTimeout(resolve, 1));
        open -= 1;
        return SENT;
      },
    });
    await run.run();
    expect(new Set(outcomes())).toEqual(new Set(["sent"]));
  });

  it("are told how many they are, by whom to ask how long that takes", async () => {
    const counts: number[] = [];
    const { run } = aRun([...people(7, "gmail.com"), ...people(2, "web.de")], {
      concurrency: 1,
      send: async (index, _signal, { peers }) => {
        if (index === 0) counts.push(peers("gmail.com"), peers("web.de"), peers("gmx.at"));
        return SENT;
      },
    });
    await run.run();
    expect(counts).toEqual([7, 2, 0]);
  });
});

describe("recipients who were deferred", () => {
  const busy = async () => DEFERRED;

  it("wait as long as the server said, or as their own tries say", async () => {
    const backoff = (tries: number) => tries * 1_000;
    const named = async (index: number) => (index === 0 ? { ...DEFERRED, retryAfter: 300_000 } : DEFERRED);
    const { run } = aRun(people(2, "gmx.at"), { send: named, backoff });
    await run.run();
    const waits = [...run.again.deferred.values()].map(({ until }) =>
      Math.round((until - run.now()) / 1_000),
    );
    expect(waits).toEqual([300, 1]);
  });

  it("are left alone until then, however often their chunk comes back for others", async () => {
    const outcomes = Uint8Array.from(["deferred", "pending"].map((each) => byteOf(each as "deferred")));
    const waits = new Map([[0, { tries: 1, until: Date.now() + 60_000 }]]);
    const { run, seen } = aRun(people(2, "gmx.at"), { outcomes, waits });
    await run.run();
    expect(seen).toEqual(["p1@gmx.at"]);
    expect(run.again.deferred.get(0)).toEqual(waits.get(0));
  });

  it("are each given up after tries of their own", async () => {
    const outcomes = Uint8Array.from(Array(2).fill(byteOf("deferred")));
    const waits = new Map([[0, { tries: 4, until: 0 }]]);
    const { run, outcomes: now } = aRun(people(2, "gmx.at"), { outcomes, waits, maxTries: 5, send: busy });
    await run.run();
    expect(now()).toEqual(["failed", "deferred"]);
  });

  it("are known again after a restart, and may be tried when their chunk comes back by somebody's hand", () => {
    const waits = new Map([
      [3, { tries: 1, until: 5_000 }],
      [4, { tries: 1, until: 5_000 }],
      [9, { tries: 2, until: 90_000 }],
    ]);
    const stored = JSON.parse(JSON.stringify(writeWaits(waits, 6_000)));
    expect(stored.waits).toEqual([
      [5_000, 1, 3, 4],
      [90_000, 2, 9],
    ]);
    expect([...readWaits(stored)]).toEqual([
      [3, { tries: 1, until: 0 }],
      [4, { tries: 1, until: 0 }],
      [9, { tries: 2, until: 90_000 }],
    ]);
    expect(readWaits({ accepted: [] }).size).toBe(0);
  });

  it("are tried together where their times are close, and never before", () => {
    expect(comeBackAt([10_000, 11_000, 60_000], 0)).toBe(11_000);
    expect(comeBackAt([10_000], 50_000)).toBe(10_000);
  });
});
