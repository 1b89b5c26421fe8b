import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { close, openApp } from "../../src/app/current-app.ts";
import { main } from "../../src/cli/main.ts";
import { PermanentFailure } from "../../src/errors/errors.ts";
import type { DelayOptions } from "../../src/jobs/delay-options.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { schedule } from "../../src/schedules/schedule.ts";
import { useCli } from "../support/cli.ts";
import { aJob } from "../support/jobs.ts";

class CliActions extends Mailer {
  hello(to: string) {
    return this.mail({ to, subject: "Hello" });
  }
  refused(to: string): never {
    throw new PermanentFailure(`550 <${to}> is unknown`, { reason: "rejected" });
  }
  broken(): never {
    throw new PermanentFailure("nothing helps");
  }
}

const CliMailer = mailer(CliActions, { name: "CliMailer" });

const { cli, folder } = useCli();

async function delayed(options: DelayOptions = {}): Promise<string> {
  const { id } = await CliMailer.delay(options).hello("ann@example.com");
  await close();
  return id;
}

async function read(id: string): Promise<Record<string, unknown>> {
  return JSON.parse((await cli("jobs", "show", id, "--json")).out) as Record<string, unknown>;
}

describe("delayed-mailer jobs", () => {
  it("gives a waiting job another time", async () => {
    const id = await delayed({ in: "2h" });
    expect(await cli("jobs", "reschedule", id, "--at", "2030-01-02T03:04:05Z")).toMatchObject({
      code: 0,
      out: "1 job rescheduled.\n",
    });
    expect((await read(id)).runAt).toBe("2030-01-02T03:04:05.000Z");
    expect((await cli("jobs", "reschedule", id, "--in", "5m")).code).toBe(0);
    expect(Date.parse(String((await read(id)).runAt))).toBeLessThan(Date.now() + 301_000);
  });

  it("shows the error of each attempt with its number and time", async () => {
    const id = await delayed({ queue: "tried", maxAttempts: 3, backoff: [0] });
    const { store } = await openApp();
    for (let attempt = 1; attempt <= 3; attempt++) {
      const token = `t${attempt}`;
      await store.claim({ workerId: "w", token, limit: 1, leaseMs: 60_000 });
      const ending = {
        id,
        token,
        attempt,
        error: `Error: try ${attempt}\n    at send (mailers/x.ts:${attempt}:5)`,
      };
      await store.settle([
        attempt < 3
          ? { ...ending, kind: "retry", runAt: new Date(0), counted: true }
          : { ...ending, kind: "fail", reason: "exhausted" },
      ]);
    }
    await close();
    const { out } = await cli("jobs", "show", id);
    const errors = out.slice(out.indexOf("\nerrors "));
    for (const attempt of [1, 2, 3])
      expect(errors).toMatch(
        new RegExp(
          `attempt ${attempt}, \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z: Error: try ${attempt}\\s+at send \\(mailers/x.ts:${attempt}:5\\)`,
        ),
      );
    expect(errors.indexOf("attempt 1,")).toBeLessThan(errors.indexOf("attempt 3,"));
    const { errors: asJson } = await read(id);
    expect(asJson).toMatchObject([
      { attempt: 1 },
      { attempt: 2 },
      { attempt: 3, error: expect.stringContaining("try 3") },
    ]);
  });

  it("cancels, and says so when there is nothing to cancel", async () => {
    const id = await delayed();
    expect((await cli("jobs", "cancel", id, "--yes")).out).toBe("1 job cancelled.\n");
    const again = await cli("jobs", "cancel", id, "--yes");
    expect(again).toMatchObject({ code: 1, out: "0 jobs cancelled.\n" });
    expect(again.err).toContain(`There is no job ${id}: it is done or was removed`);
  });

  it("clears everything, or only a queue", async () => {
    await delayed({ queue: "a" });
    await delayed({ queue: "b" });
    expect((await cli("jobs", "clear", "--queue", "a", "--yes")).out).toBe("1 job removed.\n");
    expect((await cli("jobs", "clear", "--json", "--yes")).out).toBe('{"removed":1,"problems":[]}\n');
  });

  it("acts on all only where told which", async () => {
    expect((await cli("jobs", "remove", "--all")).err).toContain("--all needs --state");
    expect((await cli("jobs", "retry", "--all")).out).toBe("0 jobs retried.\n");
    expect((await cli("jobs", "remove", "--all", "--state", "failed", "--yes")).out).toBe(
      "0 jobs removed.\n",
    );
  });

  it.each([
    [["jobs"], "jobs what?"],
    [["jobs", "toString"], 'jobs has no "toString"'],
    [["jobs", "cancel"], "Name the jobs by id"],
    [["jobs", "reschedule", "x"], "Say --in TIME or --at TIME"],
    [["jobs", "reschedule", "x", "--in", "1h", "--at", "now"], "Say --in TIME or --at TIME"],
    [["jobs", "reschedule", "x", "--at", "tomorrow"], "--at takes a time such as"],
    [["jobs", "reschedule", "x", "--in", "soon"], "--in: must be milliseconds or a text"],
    [["jobs", "clear", "x"], "clear takes no ids"],
    [["jobs", "retry", "--all", "--state", "ready"], "retry --all is for failed jobs"],
    [["queues"], "queues what?"],
    [["queues", "pause"], "Name the queues"],
  ])("refuses what makes no sense: %j", async (args, message) => {
    const { code, err } = await cli(...args);
    expect(err).toContain(message);
    expect(code).toBe(2);
  });
});

describe("delayed-mailer jobs check", () => {
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

  it("is content while nothing has been due for long", async () => {
    await delayed({ at: minutesAgo(4) });
    await delayed({ in: "1h" });
    const { code, out } = await cli("jobs", "check");
    expect({ code, out }).toEqual({ code: 0, out: "No job has been due for more than 300 s.\n" });
  });

  it("fails and names the queues that nobody works, but not paused ones", async () => {
    await delayed({ queue: "mail", at: minutesAgo(6) });
    await delayed({ queue: "mail", at: minutesAgo(7) });
    await delayed({ queue: "paused", at: minutesAgo(6) });
    await cli("queues", "pause", "paused");
    const { code, out } = await cli("jobs", "check");
    expect(code).toBe(1);
    expect(out).toMatch(/^mail: 2 jobs have been due for more than 300 s, the first since 20\S+Z\.\n$/);
    expect((await cli("jobs", "check", "--max-age", "10m")).code).toBe(0);
    expect((await cli("jobs", "check", "--queue", "other")).code).toBe(0);
    const json = JSON.parse((await cli("jobs", "check", "--max-age", "30", "--json")).out);
    expect(json).toMatchObject({ maxAge: 30_000, overdue: [{ queue: "mail", count: 2 }] });
    expect((await cli("jobs", "check", "--max-age", "soon")).code).toBe(2);
  });
});

describe("delayed-mailer jobs check, of calls that a newer version stored", () => {
  it("fails and says how many wait, since when, and what to do", async () => {
    await delayed({ in: "1h" });
    const { store } = await openApp();
    await store.insert([aJob({ format: 7, runAt: new Date(Date.now() + 3_600_000) })]);
    await close();
    const { code, out } = await cli("jobs", "check", "--max-age", "0");
    const { out: json } = await cli("jobs", "check", "--max-age", "0", "--json");
    expect(code).toBe(1);
    expect(out).toMatch(
      /\n1 job is stored in format 7 by a newer version of delayed-mailer, the first since 20\S+Z: deploy that version to the workers\.\n$/,
    );
    expect(JSON.parse(json)).toMatchObject({ newer: { count: 1, format: 7 } });
    expect((await cli("jobs", "check")).code).toBe(0);
  });
});

describe("delayed-mailer schedules", () => {
  schedule("cli-weekly", "0 9 * * MON", () => undefined);

  it("lists schedules, runs them now, pauses and resumes them", async () => {
    expect((await cli("schedules", "pause", "cli-weekly")).out).toBe("cli-weekly paused.\n");
    expect((await cli("schedules")).out).toMatch(/^SCHEDULE .*\ncli-weekly .* paused\n$/);
    expect((await cli("schedules", "resume", "cli-weekly")).out).toBe("cli-weekly resumed.\n");
    expect(JSON.parse((await cli("schedules", "list", "--json")).out)).toMatchObject({
      ...{ name: "cli-weekly", paused: false, last: expect.any(String) },
    });
    expect((await cli("schedules", "run", "cli-weekly")).out).toBe("cli-weekly due now.\n");
    expect((await cli("jobs", "list")).out).toContain("cli-weekly");
    expect((await cli("schedules", "run", "none")).err).toContain('There is no schedule "none"');
    expect((await cli("schedules", "run")).code).toBe(2);
    expect((await cli("schedules", "stop", "cli-weekly")).code).toBe(2);
  });
});

describe("delayed-mailer queues", () => {
  it("lists queues with their jobs, pauses and resumes them", async () => {
    await delayed({ queue: "mail" });
    expect((await cli("queues", "pause", "mail")).out).toBe("mail paused.\n");
    expect((await cli("queues", "list")).out).toMatch(/^QUEUE .*\nmail +1 +0 +0 +0 +paused\n$/);
    expect((await cli("queues", "resume", "mail")).out).toBe("mail resumed.\n");
    const { out } = await cli("queues", "list", "--json");
    expect(JSON.parse(out)).toEqual({ name: "mail", paused: false, ready: 1, leased: 0, failed: 0, done: 0 });
  });

  it("says so when there is none", async () => {
    expect((await cli("queues", "list")).out).toBe("No queues.\n");
  });

  it("lists a page of many, says of how many, and how to see the next", async () => {
    for (let i = 0; i < 25; i++) await CliMailer.delay().hello(`a${i}@example.com`);
    await close();
    const { out } = await cli("jobs", "list");
    expect(out.trim().split("\n")).toHaveLength(22);
    expect(out).toContain("1 to 20 of 25 jobs; --page 2 shows the next.\n");
    expect((await cli("jobs", "list", "--page", "2")).out).toContain("21 to 25 of 25 jobs.\n");
    expect((await cli("jobs", "list", "--page", "3")).out).toBe("There are 25 jobs, and no page 3.\n");
    expect(await cli("jobs", "list", "--page", "0")).toMatchObject({
      code: 2,
      err: "--page must be 1 or more, not 0.\n",
    });
  });

  it("says why jobs failed, the most frequent reason first, whoever they were for", async () => {
    const app = await openApp();
    for (let i = 0; i < 3; i++) await CliMailer.delay().refused(`a${i}@example.com`);
    await CliMailer.delay().broken();
    await app.worker().workOff();
    await close();
    const { out } = await cli("jobs", "list", "--state", "failed", "--limit", "2");
    expect(out).toContain("1 to 2 of 4 jobs; --page 2 shows the next.\n");
    expect(out).toContain(
      "Why they failed\n  3  rejected: PermanentFailure: 550 <ADDRESS> is unknown\n  1  permanent: PermanentFailure: nothing helps\n",
    );
    expect((await cli("jobs", "list", "--state", "ready")).out).toBe("No jobs.\n");
  });

  it("fits the terminal, and cuts no id", async () => {
    const id = await delayed({ queue: `a-queue-with-a-name-that-is-${"very-".repeat(12)}long` });
    const out = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
    expect(
      await main(["jobs", "list", "--mailers", join(folder(), "mailers")], { out, err: new PassThrough() }),
    ).toBe(0);
    const lines = String(out.read()).trimEnd().split("\n");
    expect(lines.every((line) => line.length <= 80)).toBe(true);
    expect(lines[1]).toMatch(new RegExp(`^${id} .*…`));
  });
});
