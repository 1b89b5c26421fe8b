import { describe, expect, it } from "vitest";
import type { JobRecord } from "../../src/jobs/job-record.ts";
import type { Entry, Fact } from "../../stress/ledger.ts";
import { reconcile } from "../../stress/reconcile/reconcile.ts";
import { aJob } from "../support/jobs.ts";

const SECOND = 1_000;
const [CALL, ID, TOKEN] = ["call-1", "id-1", "token-1"];
const RUN = { call: CALL, id: ID, token: TOKEN };
const [ONE, OTHER, PARENT] = [1, 2, 99];

/** What happened, one line after another, a second apart; by process 1 unless said otherwise. */
function ledger(...facts: readonly (Fact & { readonly pid?: number })[]): readonly Entry[] {
  return facts.map((fact, index) => ({ at: (index + 1) * SECOND, pid: ONE, by: "test", ...fact }));
}

const asked = (more: object = {}) => ({ what: "asked", call: CALL, kind: "quick", ...more }) as Fact;
const stored = (more: object = {}) =>
  ({ what: "stored", call: CALL, id: ID, isNew: true, inPlace: false, ...more }) as Fact;
const started = (more: object = {}) =>
  ({ what: "started", ...RUN, attempt: 1, maxAttempts: 25, ...more }) as Fact & { readonly pid?: number };
const ended = (more: object = {}) => ({ what: "ended", ...RUN, well: true, ...more }) as Fact;
const done = (more: object = {}) => ({ what: "done", ...RUN, ...more }) as Fact;
const DONE = [asked(), stored(), started(), ended(), done()];

function left(changes: Partial<JobRecord> = {}): JobRecord {
  const { id, ...job } = aJob({ args: [CALL] });
  const now = new Date();
  return { ...job, id, runAt: now, state: "failed", attempts: 1, crashes: 0, createdAt: now, ...changes };
}

/** The names of the promises that were not kept, with how often. */
function brokenIn(entries: readonly Entry[], jobs: readonly JobRecord[] = []): Record<string, number> {
  const { verdicts } = reconcile(entries, jobs);
  return Object.fromEntries(
    verdicts.flatMap(({ name, broken }) => (broken.length > 0 ? [[name, broken.length]] : [])),
  );
}

describe("the stress test's reckoning", () => {
  it("finds nothing wrong with a job that is done", () => {
    expect(brokenIn(ledger(...DONE))).toEqual({});
  });

  it("finds an acknowledged job that is nowhere, and tells its story", () => {
    const { verdicts } = reconcile(ledger(asked(), stored()), []);
    const [lost] = verdicts.flatMap(({ name, broken }) => (name === "jobs lost" ? broken : []));
    expect(lost?.call).toBe(CALL);
    expect(lost?.story.map((line) => line.trim().split(/\s+/)[4])).toEqual(["asked", "stored"]);
  });

  it("misses no job whose enqueue was not acknowledged", () => {
    const refused = { what: "refused", call: CALL, error: "cut off", maybe: true } as const;
    expect(brokenIn(ledger(asked(), refused))).toEqual({});
    expect(brokenIn(ledger(asked()))).toEqual({});
  });

  it("takes a job for done whose worker was killed before it could say so, but not one that was cut off", () => {
    const killed = { what: "killed", target: ONE, pid: PARENT } as const;
    const untold = ledger(asked(), stored(), started(), ended(), killed);
    expect(brokenIn(untold)).toEqual({});
    expect(reconcile(untold, []).counts["jobs done without a word about it"]).toBe(1);
    expect(brokenIn(ledger(asked(), stored(), started(), killed))).toEqual({ "jobs lost": 1 });
  });

  it("misses a call that was replaced no more, and the one in its place all the more", () => {
    const replacing = { key: "k", conflict: "replace" };
    const second = { call: "call-2" };
    const inPlace = { ...second, isNew: false, inPlace: true };
    const entries = ledger(asked(replacing), stored(), asked({ ...second, ...replacing }), stored(inPlace));
    const { verdicts } = reconcile(entries, []);
    expect(verdicts[0]?.broken).toMatchObject([{ call: "call-2" }]);
  });

  it("finds a job that two workers committed, and one that began again after its end", () => {
    const again = { token: "token-2", pid: OTHER };
    const entries = ledger(asked(), stored(), started(), started(again), done(), done(again));
    expect(brokenIn(entries)).toEqual({ "jobs run twice with both runs committed": 1 });
    expect(brokenIn(ledger(...DONE, started(again), done(again)))).toMatchObject({
      "jobs begun after they were done or failed": 1,
    });
    expect(brokenIn(ledger(...DONE), [left({ state: "ready" })])).toMatchObject({
      "jobs begun after they were done or failed": 1,
      "jobs that nobody works off": 1,
    });
  });

  it("finds a claim that is used twice", () => {
    const retried = { what: "retried", ...RUN } as const;
    expect(brokenIn(ledger(asked(), stored(), started(), retried, done()))).toEqual({
      "claims used twice": 1,
    });
  });

  it("finds a run that was live after another had begun, and only counts one that knew that it was not", () => {
    const effect = (isLive: boolean) => ({ what: "effect", ...RUN, isLive }) as const;
    const other = { token: "token-2", pid: OTHER };
    const entries = (isLive: boolean) =>
      ledger(asked(), stored(), started(), started(other), effect(isLive), done(other));
    expect(brokenIn(entries(true))).toEqual({
      "runs that were live after another worker had begun the job": 1,
    });
    expect(brokenIn(entries(false))).toEqual({});
    const counted = "runs that asked nobody, and went on after another had begun";
    expect(reconcile(entries(false), []).counts[counted]).toBe(1);
  });

  it("finds two live jobs with one key, but not two after each other", () => {
    const key = { key: "k", conflict: "ignore" };
    const second = { call: "call-2", id: "id-2", token: "token-2" };
    const secondDone = [asked({ ...second, ...key }), stored(second), started(second), done(second)];
    const atOnce = ledger(asked(key), stored(), ...secondDone, started(), ended(), done());
    expect(brokenIn(atOnce)).toEqual({ "unique keys with two live jobs": 1 });
    const inTurn = ledger(asked(key), stored(), started(), ended(), done(), ...secondDone);
    expect(brokenIn(inTurn)).toEqual({});
  });

  it("finds attempts beyond the most, and a job that began before its time", () => {
    const tooOften = ledger(asked(), stored(), started({ attempt: 3, maxAttempts: 2 }), ended(), done());
    expect(brokenIn(tooOften)).toEqual({ "attempts beyond the most that are allowed": 1 });
    const tooSoon = ledger(asked({ delay: 60_000 }), ...DONE.slice(1));
    expect(brokenIn(tooSoon)).toEqual({ "jobs begun before their time": 1 });
  });

  it("finds endings that a job's kind does not have", () => {
    const wrong = "jobs that ended as their kind does not";
    expect(brokenIn(ledger(asked({ kind: "deadly" }), ...DONE.slice(1)))).toEqual({ [wrong]: 1 });
    const failed = (failReason: string) => [left({ failReason })];
    expect(brokenIn(ledger(asked(), stored()), failed("exhausted"))).toEqual({ [wrong]: 1 });
    expect(brokenIn(ledger(asked(), stored()), failed("crashed"))).toEqual({});
    expect(brokenIn(ledger(asked({ kind: "hopeless" }), stored()), failed("exhausted"))).toEqual({});
  });

  it("finds a run that ended without a word about it", () => {
    const entries = ledger(asked(), stored(), started(), ended());
    expect(brokenIn(entries, [left()])).toEqual({ "endings nobody was told of": 1 });
    expect(
      brokenIn(ledger(asked(), stored(), started(), ended(), { what: "lost", id: ID }), [left()]),
    ).toEqual({});
  });

  it("finds a mail that is missing, and one that came again for no reason", () => {
    const mail = { what: "mail", call: CALL } as const;
    const run = [asked({ kind: "mail" }), ...DONE.slice(1)];
    expect(brokenIn(ledger(...run))).toEqual({ "mails missing though their jobs are done": 1 });
    expect(brokenIn(ledger(...run, mail))).toEqual({});
    expect(brokenIn(ledger(...run, mail, mail))).toEqual({ "mails sent again though no run was cut off": 1 });
    const lost = { what: "lost", id: ID } as const;
    const cutOff = [asked({ kind: "mail" }), stored(), started(), mail, lost];
    const again = { token: "token-2" };
    expect(brokenIn(ledger(...cutOff, started(again), mail, ended(again), done(again)))).toEqual({});
  });

  it("finds a process that ended by itself, but not one that was killed or stopped", () => {
    const gone = (code: number | null, signal: string | null) =>
      ({ what: "gone", target: ONE, code, signal, pid: PARENT }) as const;
    expect(brokenIn(ledger(gone(1, null)))).toEqual({ "processes that broke down": 1 });
    expect(brokenIn(ledger(gone(null, "SIGKILL"), gone(0, null)))).toEqual({});
  });

  it("measures from a worker's death to the next beginning of each job that it held", () => {
    const worker = (pid: number) => ({ what: "worker", worker: "w", pid }) as const;
    const killed = { what: "killed", target: ONE, pid: PARENT } as const;
    const held = { what: "held", target: ONE, ids: [ID], pid: PARENT } as const;
    const entries = ledger(
      worker(OTHER),
      asked(),
      stored(),
      started(),
      killed,
      held,
      started({ pid: OTHER }),
    );
    expect(reconcile(entries, [left()]).recoveries).toEqual([
      { id: ID, ms: 2 * SECOND, isUndisturbed: true },
    ]);
    const stalled = { what: "fault", fault: "stall", number: 1, pid: PARENT } as const;
    const disturbed = ledger(worker(OTHER), killed, held, stalled, started({ pid: OTHER }));
    expect(reconcile(disturbed, []).recoveries).toMatchObject([{ isUndisturbed: false }]);
  });
});
