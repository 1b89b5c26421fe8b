import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { close, openApp } from "../../src/app/current-app.ts";
import { job } from "../../src/plain-jobs/job.ts";
import { useCli } from "../support/cli.ts";

const Count = job("cli.Count", {
  args: z.tuple([z.int()]),
  perform(rows, { progress }) {
    progress(0.5, "half of it");
    if (rows < 0) throw new Error("fewer than none");
    return { rows };
  },
});

const { cli, folder } = useCli();

describe("delayed-mailer perform", () => {
  it("performs a job here and now, and prints what it gave back", async () => {
    expect(await cli("perform", "cli.Count", "[3]")).toMatchObject({
      code: 0,
      out: "Performed cli.Count.\n",
    });
    expect((await cli("perform", "cli.Count", "[3]", "--json")).out).toBe('{"rows":3}\n');
    expect((await cli("jobs", "list")).out).toBe("No jobs.\n");
  });

  it("stores it where an option says so", async () => {
    const { code, out } = await cli("perform", "cli.Count", "[3]", "--in", "2h", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ handler: "cli.Count", action: "perform", args: [3] });
    const list = (await cli("jobs", "list", "--job", "cli.Count")).out;
    expect(list).toContain(" JOB ");
    expect(list).toMatch(/ready +cli\.Count +default/);
    expect((await cli("jobs", "list", "--job", "cli.Other")).out).toBe("No jobs.\n");
  });

  it.each([
    [["perform"], /Name a job/],
    [["perform", "cli.Gone", "[]"], /Nothing registered answers "cli\.Gone.*cli\.Count/],
    [["perform", "cli.Count", "3"], /JSON array/],
    [["perform", "cli.Count", '["three"]'], /args\[0\]/],
    [["perform", "cli.Count", "[-1]"], /fewer than none/],
  ])("tells what is wrong with %j", async (args, message) => {
    const answer = await cli(...args);
    expect(answer.code).toBeGreaterThan(0);
    expect(answer.err).toMatch(message);
  });

  it("knows the jobs in the folder beside that of the mailers", async () => {
    mkdirSync(join(folder(), "jobs"));
    const index = pathToFileURL(join(process.cwd(), "src/index.ts")).href;
    writeFileSync(
      join(folder(), "jobs", "beside.mjs"),
      `const { job } = await import(${JSON.stringify(index)});\njob("cli.Beside", { perform: () => 42 });\n`,
    );
    expect((await cli("perform", "cli.Beside", "--json")).out).toBe("42\n");
  });
});

describe("delayed-mailer jobs", () => {
  it("shows how far a job is, and what it failed with, and tries it again", async () => {
    const { id } = await Count.delay({ maxAttempts: 1 }).perform(-1);
    await (await openApp()).worker().workOff();
    await close();
    const shown = (await cli("jobs", "show", id)).out;
    expect(shown).toMatch(/progress +50 %, half of it \(/);
    expect(shown).toContain("fewer than none");
    expect((await cli("jobs", "retry", id)).out).toBe("1 job retried.\n");
  });

  it("shows name, id, queue and arguments of a job (DJ-170)", async () => {
    const { out } = await cli("perform", "cli.Count", "[3]", "--queue", "integration_tests", "--json");
    const { id } = JSON.parse(out) as { id: string };
    const shown = (await cli("jobs", "show", id)).out;
    expect(shown).toContain(id);
    expect(shown).toMatch(/handler +cli\.Count/);
    expect(shown).toMatch(/queue +integration_tests/);
    expect(shown).toMatch(/args +\[3\]/);
  });
});
