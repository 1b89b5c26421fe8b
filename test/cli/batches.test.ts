import { describe, expect, it } from "vitest";
import { z } from "zod";
import { close, openApp } from "../../src/app/current-app.ts";
import { PermanentFailure } from "../../src/errors/errors.ts";
import { batch } from "../../src/jobs/batch.ts";
import { job } from "../../src/plain-jobs/job.ts";
import { useCli } from "../support/cli.ts";

const Row = job("cli.Row", {
  args: z.tuple([z.int()]),
  perform(row) {
    if (row < 0) throw new PermanentFailure("no such row");
  },
});

const { cli } = useCli();

async function stored(...rows: readonly number[]): Promise<readonly string[]> {
  const made = await batch(
    "import 7",
    rows.map((row) => Row.call(row)),
    { onComplete: Row.call(0) },
  );
  const ids = (await made.jobs().list()).map(({ id }) => id);
  await close();
  return ids;
}

async function workedOff(): Promise<void> {
  await (await openApp()).worker().workOff();
  await close();
}

describe("delayed-mailer batches", () => {
  it("lists them, and shows one with what failed of it", async () => {
    expect((await cli("batches", "list")).out).toBe("No batches.\n");
    await stored(1, -2);
    expect((await cli("batches", "list")).out).toMatch(/import 7\s+running\s+2\s+0\s+0\s+0\s+2/);
    await workedOff();
    const { out } = await cli("batches", "show", "import 7");
    expect(out).toContain("import 7: failed, 1 of 2 done, 1 failed, 0 cancelled, 0 pending");
    expect(out).toContain("cli.Row  PermanentFailure: no such row");
    const json: unknown = JSON.parse((await cli("batches", "show", "import 7", "--json")).out);
    expect(json).toMatchObject({ key: "import 7", total: 2, failed: 1, state: "failed" });
  });

  it("is told of by a job that belongs to it, and by its callback that waits", async () => {
    const [id = ""] = await stored(1);
    expect((await cli("jobs", "show", id)).out).toContain(
      "batch        import 7: running, 0 of 1 done, 0 failed, 0 cancelled, 1 pending",
    );
    expect((await cli("jobs", "list")).out).toContain("its batch's end");
  });

  it("cancels and removes one, and not before it has ended", async () => {
    await stored(1, 2);
    const early = await cli("batches", "remove", "import 7", "--yes");
    expect([early.code, early.err]).toEqual([1, expect.stringContaining("has not ended")]);
    expect((await cli("batches", "cancel", "import 7", "--yes")).out).toBe("2 jobs cancelled.\n");
    expect((await cli("batches", "remove", "import 7", "--yes")).out).toBe("Removed.\n");
    expect((await cli("batches", "show", "import 7")).code).toBe(1);
  });

  it("says what it takes", async () => {
    expect((await cli("batches", "drop")).err).toContain('batches has no "drop"');
    expect((await cli("batches", "show")).err).toContain("Name one batch by its key");
    expect((await cli("batches", "list", "--limit", "0")).code).toBe(2);
  });
});
