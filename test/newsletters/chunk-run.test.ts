import { describe, expect, it, vi } from "vitest";
import {
  PermanentFailure,
  RecordGoneError,
  StoreError,
  TemplateError,
  UnknownActionError,
} from "../../src/errors/errors.ts";
import { unpackAnswers } from "../../src/newsletters/answers/answer-log.ts";
import { ChunkRun, type ChunkRunOptions } from "../../src/newsletters/chunk-run.ts";
import type { ChunkProgress } from "../../src/newsletters/newsletter-store.ts";
import { outcomeOf } from "../../src/newsletters/outcome.ts";
import type { Outcome } from "../../src/transports/transport.ts";
import { aChunk } from "../contracts/newsletter-store.ts";

const SENT: Outcome = { class: "sent", response: "250 ok", accepted: ["x"], refused: [] };
const away = new StoreError("the store is away");

type Write = (progress: ChunkProgress) => Promise<boolean>;

/** A run over so many recipients; `write` stands before what the ledger keeps. */
function aRun(count: number, changes: Partial<ChunkRunOptions> & { readonly write?: Write } = {}) {
  const { write = async () => true, ...options } = changes;
  const seen: number[] = [];
  const kept = {
    outcomes: new Uint8Array(count) as Uint8Array,
    notes: new Map<number, string>(),
    complete: false,
  };
  const errors: unknown[] = [];
  let underWay = 0;
  const send = options.send ?? (async () => SENT);
  const run = new ChunkRun({
    ledger: {
      record: async (_chunk, _token, progress) => {
        if (!(await write(progress))) return false;
        kept.outcomes = progress.outcomes;
        kept.complete = progress.complete;
        for (const { index, outcome, response } of unpackAnswers(progress.answers?.bytes ?? new Uint8Array()))
          if (outcome !== "sent") kept.notes.set(index, response);
        return true;
      },
    },
    chunk: aChunk(
      "b",
      0,
      Array.from({ length: count }, (_, index) => `p${index}`),
    ),
    token: "t",
    outcomes: new Uint8Array(count),
    stateOfNewsletter: async () => "running",
    concurrency: 5,
    signal: new AbortController().signal,
    onError: (error) => errors.push(error),
    ...options,
    send: async (index, signal, wire) => {
      seen.push(index);
      underWay += 1;
      try {
        return await send(index, signal, wire);
      } finally {
        underWay -= 1;
      }
    },
  });
  return {
    run,
    seen,
    kept,
    errors,
    underWay: () => underWay,
    outcomes: () => Array.from(kept.outcomes, outcomeOf),
  };
}

describe("a write of outcomes that fails (row 1.1)", () => {
  it("once is made again: everybody is sent to once, and nothing is lost of what was said", async () => {
    let writes = 0;
    const { run, seen, kept, errors, outcomes } = aRun(500, {
      write: async () => {
        writes += 1;
        if (writes === 2) throw away;
        return true;
      },
      send: async (index) =>
        index % 50 === 0 ? { ...SENT, class: "rejected", response: `550 ${index}` } : SENT,
    });
    expect(await run.run()).toBeUndefined();
    expect(await run.finish()).toBeUndefined();
    expect(seen).toHaveLength(500);
    expect(new Set(seen).size).toBe(500);
    expect(outcomes().filter((outcome) => outcome === "sent")).toHaveLength(490);
    expect([...kept.notes.keys()].toSorted((a, b) => a - b)).toEqual([
      0, 50, 100, 150, 200, 250, 300, 350, 400, 450,
    ]);
    expect(errors).toEqual([away]);
    expect(kept.complete).toBe(true);
  });

  it("for long lets nobody new be sent to, and then goes on", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "clearInterval", "clearTimeout"] });
    try {
      let isAway = true;
      let tries = 0;
      const { run, seen, errors, underWay } = aRun(400, {
        lastWritesMs: 0,
        write: async () => {
          tries += 1;
          if (isAway) throw away;
          return true;
        },
      });
      const running = run.run();
      await expect.poll(() => tries).toBeGreaterThan(0);
      await expect.poll(underWay).toBe(0);
      const before = seen.length;
      expect(before).toBeLessThan(120);
      for (let passed = 0; passed < 20; passed++) await vi.advanceTimersByTimeAsync(1_000);
      expect(seen).toHaveLength(before);
      expect(errors).toEqual([away]);
      isAway = false;
      await vi.advanceTimersByTimeAsync(3_000);
      expect(await running).toBeUndefined();
      expect(seen).toHaveLength(400);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("until the attempt is over ends the run, all senders with it", async () => {
    const attempt = new AbortController();
    const { run, underWay } = aRun(400, {
      signal: attempt.signal,
      lastWritesMs: 0,
      write: async () => {
        attempt.abort();
        throw away;
      },
    });
    expect(await run.run()).toBe("aborted");
    expect(underWay()).toBe(0);
  });

  it("is the last of the run where another attempt has the chunk", async () => {
    let writes = 0;
    const { run, seen } = aRun(400, {
      write: async () => {
        writes += 1;
        return false;
      },
    });
    expect(await run.run()).toBe("fenced");
    expect(writes).toBe(1);
    expect(seen.length).toBeLessThan(120);
  });

  it("at the very end keeps the chunk from being taken for finished", async () => {
    const attempt = new AbortController();
    const { run, kept } = aRun(3, {
      signal: attempt.signal,
      lastWritesMs: 0,
      write: async ({ complete }) => {
        if (!complete) return true;
        attempt.abort();
        throw away;
      },
    });
    expect(await run.run()).toBeUndefined();
    expect(await run.finish()).toBe("aborted");
    expect(kept.complete).toBe(false);
  });
});

it("sending goes on while the store takes a batch, until it is half a batch behind", async () => {
  const waiting: (() => void)[] = [];
  let isSlow = true;
  const written: number[] = [];
  const { run, seen, outcomes } = aRun(400, {
    write: async ({ outcomes: progress }) => {
      written.push(progress.filter((byte) => byte !== 0).length);
      if (isSlow) await new Promise<void>((done) => waiting.push(done));
      return true;
    },
  });
  const running = run.run();
  await expect.poll(() => seen.length).toBeGreaterThanOrEqual(150);
  await new Promise((done) => setTimeout(done, 50));
  expect(seen.length).toBeLessThan(160);
  // A store that takes its time is given no small batches behind it.
  expect(written).toHaveLength(1);
  isSlow = false;
  for (const done of waiting) done();
  expect(await running).toBeUndefined();
  expect(outcomes().every((outcome) => outcome === "sent")).toBe(true);
  expect(written.length).toBeLessThanOrEqual(5);
});

it("a newsletter's state that cannot be read stops nobody (row 1.1)", async () => {
  const { run, seen } = aRun(300, {
    flushMs: 0,
    stateOfNewsletter: async () => {
      throw away;
    },
  });
  expect(await run.run()).toBeUndefined();
  expect(seen).toHaveLength(300);
});

it("a run ends when all of its senders have, whatever one of them met", async () => {
  let release = () => {};
  const slow = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { run, underWay } = aRun(5, {
    send: async (index) => {
      if (index === 0) throw new UnknownActionError("NewsMailer", "weekly", []);
      await slow;
      return SENT;
    },
  });
  const running = run.run();
  await expect.poll(underWay).toBe(4);
  release();
  expect(await running).toBeInstanceOf(UnknownActionError);
  expect(underWay()).toBe(0);
});

describe("one bad row (row 1.2)", () => {
  it.each([0, 3, 4, 200, 499])("at place %i costs that recipient", async (place) => {
    const { run, outcomes, kept } = aRun(500, {
      send: async (index) => {
        if (index === place) throw new TemplateError('"name" is missing', { fault: "values" });
        return SENT;
      },
    });
    expect(await run.run()).toBeUndefined();
    await run.finish();
    expect(outcomes().indexOf("failed")).toBe(place);
    expect(outcomes().filter((outcome) => outcome === "sent")).toHaveLength(499);
    expect(kept.notes.get(place)).toContain("is missing");
  });

  it("is told from a template that is broken, which stops the chunk", async () => {
    const broken = new TemplateError("this is not a Handlebars expression");
    const { run, seen, outcomes } = aRun(500, {
      send: async (index) => {
        if (index === 7) throw broken;
        return SENT;
      },
    });
    expect(await run.run()).toBe(broken);
    expect(seen.length).toBeLessThan(20);
    expect(outcomes()).not.toContain("failed");
  });
});

describe("what an error means for a recipient (row 1.7)", () => {
  it.each([
    ["fail", "failed"],
    ["discard", "stopped"],
    ["retry", "deferred"],
  ] as const)("follows recordGone: %s", async (recordGone, outcome) => {
    const { run, outcomes } = aRun(1, {
      recordGone,
      send: async () => {
        throw new RecordGoneError("User 42");
      },
    });
    await run.run();
    expect(outcomes()).toEqual([outcome]);
  });

  it("is final where it says so", async () => {
    const { run, outcomes } = aRun(1, {
      send: async () => {
        throw new PermanentFailure("no");
      },
    });
    await run.run();
    expect(outcomes()).toEqual(["failed"]);
  });
});

describe("a mail that may have been taken (row 1.5)", () => {
  const lineBroke = async (): Promise<Outcome> => ({ ...SENT, class: "unknown", response: "the line broke" });

  it("is tried again, and stays unknown when it is given up", async () => {
    const { run, outcomes } = aRun(1, { send: lineBroke });
    expect(await run.run()).toBeUndefined();
    expect(run.deferred).toEqual([0]);
    expect(outcomes()).toEqual(["uncertain"]);
    const last = aRun(1, { send: lineBroke, maxTries: 1 });
    await last.run.run();
    expect(last.outcomes()).toEqual(["unknown"]);
    expect(last.kept.notes.get(0)).toBe("Given up after 1 attempts: the line broke");
  });

  it("is memoize as such in later attempts", async () => {
    const first = aRun(1, { send: lineBroke });
    await first.run.run();
    const second = aRun(1, {
      outcomes: first.kept.outcomes,
      waits: new Map([[0, { tries: 1, until: 0 }]]),
      maxTries: 2,
      send: async () => ({ ...SENT, class: "deferred", response: "450 busy" }),
    });
    await second.run.run();
    expect(second.outcomes()).toEqual(["unknown"]);
  });

  it("is held where the policy says so", async () => {
    const { run, outcomes } = aRun(1, { send: lineBroke, unknown: "hold" });
    await run.run();
    expect(run.deferred).toEqual([]);
    expect(outcomes()).toEqual(["unknown"]);
  });
});

it("a careful run goes back to several at once when enough got their mails one by one (row 1.12)", async () => {
  let most = 0;
  const counts: number[] = [];
  let underWay = 0;
  const { run } = aRun(40, {
    isCareful: true,
    carefulFor: 20,
    send: async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      counts.push(underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return SENT;
    },
  });
  await run.run();
  expect(Math.max(...counts.slice(0, 20))).toBe(1);
  expect(most).toBe(5);
});

it("lets as many listen to its signal as there are connections", async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on("warning", onWarning);
  const { run } = aRun(1, {
    send: async (_index, signal) => {
      for (let connection = 0; connection < 50; connection++)
        signal.addEventListener("abort", () => connection);
      return SENT;
    },
  });
  await run.run();
  // Warnings are told of a little later.
  await new Promise((told) => setImmediate(told));
  process.off("warning", onWarning);
  expect(warnings).toEqual([]);
});
