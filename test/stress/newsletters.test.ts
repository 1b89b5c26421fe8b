import { describe, expect, it } from "vitest";
import type { RecipientOutcome } from "../../src/newsletters/outcome.ts";
import type { Entry, Fact } from "../../stress/ledger.ts";
import { issueOf, peopleOf, rowKindOf, rowsOf } from "../../stress/newsletters/issue.ts";
import type { StoredNewsletter } from "../../stress/newsletters/stored-newsletters.ts";
import { reconcile } from "../../stress/reconcile/reconcile.ts";

const SECOND = 1_000;
const KEY = "editor-1-1";
const CHUNK = "b:000000";
const RUN = { call: CHUNK, id: "id-1", token: "token-1" };
const [ONE, OTHER, SERVER, PARENT] = [1, 2, 50, 99];
const ANN = `good-1@${KEY}.news.example.com`;

/** What happened, one line after another, a second apart; by the parent unless said otherwise. */
function ledger(...facts: readonly (Fact & { readonly pid?: number })[]): readonly Entry[] {
  return facts.map((fact, index) => ({ at: (index + 1) * SECOND, pid: PARENT, by: "test", ...fact }));
}

const announced = { what: "announced", key: KEY, size: 1, chunkSize: 20 } as const;
const planned = { what: "planned", key: KEY } as const;
const started = (pid: number) => ({ what: "started", ...RUN, attempt: 1, maxAttempts: 25, pid }) as const;
const taken = (client: number, more: object = {}) =>
  ({ what: "taken", recipient: ANN, messageId: "<a@b>", client, pid: SERVER, ...more }) as const;
const killed = { what: "killed", target: ONE } as const;
/** A newsletter to Ann alone, until the first worker has begun its chunk. */
const BEGUN = [announced, planned, started(ONE)] as const;

function stored(
  outcome: RecipientOutcome,
  { state = "finished", recipient = ANN }: Partial<StoredNewsletter & { recipient: string }> = {},
): readonly StoredNewsletter[] {
  return [{ key: KEY, state, planned: true, recipients: [{ recipient, chunk: CHUNK, outcome }] }];
}

/** The names of the promises that were not kept, with how often. */
function brokenIn(
  entries: readonly Entry[],
  newsletters: readonly StoredNewsletter[],
): Record<string, number> {
  const { verdicts } = reconcile(entries, [], newsletters);
  return Object.fromEntries(
    verdicts.flatMap(({ name, broken }) => (broken.length > 0 ? [[name, broken.length]] : [])),
  );
}

describe("the stress test's reckoning of newsletters", () => {
  it("finds nothing wrong with a recipient who got one mail and is recorded as sent", () => {
    expect(brokenIn(ledger(...BEGUN, taken(ONE)), stored("sent"))).toEqual({});
  });

  it("finds a recipient who is recorded as sent and got nothing, and tells the story of his chunk", () => {
    const entries = ledger(...BEGUN, killed);
    expect(brokenIn(entries, stored("sent"))).toEqual({ "recipients skipped": 1 });
    const [skipped] = reconcile(entries, [], stored("sent")).verdicts.flatMap(({ name, broken }) =>
      name === "recipients skipped" ? broken : [],
    );
    expect(skipped).toMatchObject({ recipient: ANN, call: CHUNK });
    expect(skipped?.story.map((line) => line.trim().split(/\s+/)[4])).toEqual(["started"]);
  });

  it("finds a recipient whom nobody knows though his newsletter is planned, but not before it is", () => {
    const empty = (state: StoredNewsletter["state"]) => [{ key: KEY, state, planned: true, recipients: [] }];
    expect(brokenIn(ledger(announced, planned), empty("finished"))).toEqual({ "recipients skipped": 1 });
    expect(brokenIn(ledger(announced), empty("running"))).toEqual({});
    expect(brokenIn(ledger(announced, planned), empty("cancelled"))).toEqual({});
  });

  it("finds recipients left pending, and the newsletter that does not end; a cancelled one may leave them", () => {
    for (const outcome of ["pending", "attempted", "deferred"] as const) {
      expect(brokenIn(ledger(...BEGUN), stored(outcome, { state: "running" }))).toEqual({
        "recipients left pending": 1,
        "newsletters that do not end": 1,
      });
      expect(brokenIn(ledger(...BEGUN), stored(outcome, { state: "cancelled" }))).toEqual({});
    }
  });

  it("finds a newsletter that is planned and not there at all", () => {
    expect(brokenIn(ledger(announced, planned), [])).toEqual({
      "recipients skipped": 1,
      "newsletters that do not end": 1,
    });
  });

  it("finds a recipient left out with whom nothing is wrong, and nobody whose row or address is", () => {
    const leftOut = { "recipients left out though nothing is wrong with them": 1 };
    for (const outcome of ["unknown", "failed", "rejected", "invalid", "stopped"] as const)
      expect(brokenIn(ledger(...BEGUN), stored(outcome))).toEqual(leftOut);
    const rows = [...rowsOf({ key: KEY, size: 2_000 })];
    const emailOf = (kind: string) => rows.find((row) => row.kind === kind)?.recipient.email ?? "";
    const alone = (outcome: RecipientOutcome, recipient: string) => {
      const entries = ledger({ ...announced, size: 1 }, started(ONE));
      return brokenIn(entries, stored(outcome, { recipient }));
    };
    expect(alone("rejected", emailOf("refused"))).toEqual({});
    expect(alone("failed", emailOf("bad"))).toEqual({});
    expect(alone("invalid", emailOf("bad"))).toEqual({});
    expect(alone("failed", emailOf("refused"))).toEqual(leftOut);
  });

  it("finds a recipient who got it and is recorded as if he had not, but not where the worker was cut off", () => {
    const entries = ledger(...BEGUN, taken(ONE));
    const unrecorded = { "recipients who got it, and whose outcome says that they did not": 1 };
    expect(brokenIn(entries, stored("failed"))).toEqual(unrecorded);
    expect(brokenIn(entries, stored("pending", { state: "cancelled" }))).toEqual(unrecorded);
    expect(brokenIn(entries, stored("unknown"))).toEqual({});
    const cutOff = ledger(...BEGUN, taken(ONE), killed);
    expect(brokenIn(cutOff, stored("pending", { state: "cancelled" }))).toEqual({});
  });

  it("finds a second copy while the worker lived, from the same one or from another", () => {
    const twice = { "second copies while the worker lived": 1 };
    expect(brokenIn(ledger(...BEGUN, taken(ONE), taken(ONE)), stored("sent"))).toEqual(twice);
    expect(brokenIn(ledger(...BEGUN, taken(ONE), started(OTHER), taken(OTHER)), stored("sent"))).toEqual(
      twice,
    );
    // The kill came when both were there.
    expect(brokenIn(ledger(...BEGUN, taken(ONE), taken(ONE), killed), stored("sent"))).toEqual(twice);
    // Another worker was killed.
    const other = { what: "killed", target: OTHER } as const;
    expect(brokenIn(ledger(...BEGUN, taken(ONE), other, taken(ONE)), stored("sent"))).toEqual(twice);
  });

  it("finds the third copy that has no reason behind a second one that has", () => {
    const entries = ledger(...BEGUN, taken(ONE), killed, started(OTHER), taken(OTHER), taken(OTHER));
    expect(brokenIn(entries, stored("sent"))).toEqual({ "second copies while the worker lived": 1 });
  });

  const worker = { what: "worker", worker: "w", pid: ONE } as const;
  const stopped = { what: "stopped", target: ONE } as const;
  const gone = { what: "gone", target: ONE, code: 0, signal: null } as const;
  const serverKilled = { what: "killed", target: SERVER } as const;
  const lost = { what: "lost", id: RUN.id, pid: ONE } as const;
  const lagged = { what: "lagged", ms: 1_500, pid: ONE } as const;
  it.each([
    ["a killed worker", [worker, ...BEGUN, taken(ONE), killed], "beside a killed worker"],
    ["a worker told to stop", [...BEGUN, taken(ONE), stopped, gone], "beside a worker that was told to stop"],
    ["a lost lease", [...BEGUN, taken(ONE), lost], "beside a lease that was lost"],
    ["a worker that stood still", [...BEGUN, taken(ONE), lagged], "beside a worker that stood still"],
    [
      "a line dropped after the dot",
      [...BEGUN, taken(ONE, { dropped: true })],
      "beside a line that broke after the final dot",
    ],
  ])("counts a second copy beside %s, and does not blame anybody", (_, first, name) => {
    const entries = ledger(...first, started(OTHER), taken(OTHER));
    expect(brokenIn(entries, stored("sent"))).toEqual({});
    const { counts } = reconcile(entries, [], stored("sent"));
    expect(counts[`second copies ${name}`]).toBe(1);
  });

  it("finds a killed worker that repeated more than it had on the wire", () => {
    const readers = [...peopleOf({ key: KEY, size: 10 }).keys()].slice(0, 6);
    const issue = { ...announced, size: 10 };
    const mail = (recipient: string, client: number) => ({ ...taken(client), recipient });
    const copies = (count: number) => {
      const repeated = readers.slice(0, count);
      return ledger(
        ...[issue, planned, worker, started(ONE), ...repeated.map((each) => mail(each, ONE))],
        ...[killed, started(OTHER), ...readers.map((each) => mail(each, OTHER))],
      );
    };
    const name = "killed workers that repeated more than one mail a connection";
    const recipients = [...peopleOf(issue).keys()].map((recipient) => ({
      ...{ recipient, chunk: CHUNK, outcome: "sent" as const },
    }));
    const all = [{ key: KEY, state: "finished" as const, planned: true, recipients }];
    expect(brokenIn(copies(5), all)).not.toHaveProperty([name]);
    expect(brokenIn(copies(6), all)).toHaveProperty([name], 1);
  });

  it("takes a line for broken where the mail server was killed, or hung up, at the very moment", () => {
    const close = (entries: readonly Entry[]) =>
      entries.map((entry) =>
        "target" in entry || entry.what === "hung up" ? { ...entry, at: entry.at - SECOND + 10 } : entry,
      );
    for (const end of [serverKilled, { what: "hung up", pid: SERVER } as const]) {
      const entries = ledger(...BEGUN, taken(ONE), end, taken(ONE, { pid: SERVER + 1 }));
      expect(brokenIn(close(entries), stored("sent"))).toEqual({});
      expect(brokenIn(entries, stored("sent"))).toEqual({ "second copies while the worker lived": 1 });
    }
  });

  it("tells beside the second copies how many there may be at most, and which came of no fresh mail", () => {
    const waiting = { what: "hung up", pid: SERVER } as const;
    const late = ledger(worker, ...BEGUN, taken(ONE), waiting, waiting, killed, started(OTHER), taken(OTHER));
    const { counts } = reconcile(late, [], stored("sent"));
    expect(counts).toMatchObject({
      "second copies beside a killed worker": 1,
      "  connections times workers killed, which is the most of them": 5,
      "  of them, of a worker killed more than two seconds later": 1,
    });
  });

  it("finds copies with two Message-IDs, and a recipient in two chunks", () => {
    const dropped = taken(ONE, { dropped: true });
    const entries = ledger(...BEGUN, dropped, taken(ONE, { messageId: "<other@b>" }));
    expect(brokenIn(entries, stored("sent"))).toEqual({ "second copies with another Message-ID": 1 });
    const [newsletter] = stored("sent");
    const recipients = ["b:000000", "b:000001"].map((chunk) => ({
      recipient: ANN,
      chunk,
      outcome: "sent" as const,
    }));
    const twice = [{ ...newsletter!, recipients }];
    expect(brokenIn(ledger(...BEGUN, taken(ONE)), twice)).toEqual({ "recipients planned twice": 1 });
  });
});

describe("the stress test's newsletters", () => {
  it("are the same whoever plans them again", () => {
    const issue = issueOf(7, KEY);
    expect(issueOf(7, KEY)).toEqual(issue);
    expect([...rowsOf(issue)]).toEqual([...rowsOf(issue)]);
    expect(issue.size).toBeGreaterThanOrEqual(50);
    expect(issue.size).toBeLessThanOrEqual(2_000);
    expect(issue.chunkSize).toBeGreaterThanOrEqual(20);
    expect(issue.chunkSize).toBeLessThanOrEqual(500);
  });

  it("have rows of all kinds, and people who are each there once", () => {
    const rows = [...rowsOf({ key: KEY, size: 2_000 })];
    expect(new Set(rows.map(({ kind }) => kind))).toEqual(
      new Set(["good", "refused", "greylisted", "bad", "wrong", "again"]),
    );
    const left = rows.filter(({ kind }) => kind !== "wrong" && kind !== "again");
    const people = peopleOf({ key: KEY, size: 2_000 });
    expect([...people.keys()]).toEqual(left.map(({ recipient }) => recipient.email));
    for (const [address, kind] of people) expect(rowKindOf(address)).toBe(kind);
    expect(rowKindOf("ann@example.com")).toBeUndefined();
  });
});
