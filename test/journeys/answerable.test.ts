import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { describeJourney } from "./journey.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function fileOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-audience-"));
  folders.push(folder);
  writeFileSync(join(folder, "readers.csv"), text);
  return join(folder, "readers.csv");
}

describeJourney("a newsletter from the command line", (start) => {
  it("is rehearsed, planned, started, sent, reported, and deleted", async () => {
    const onRcpt = (address: string) =>
      address === "bob@example.com" ? { code: 550, message: "5.1.1 gone" } : undefined;
    const { smtp, startWorker, startCli } = await start({ onRcpt });
    const file = fileOf("email,name\nann@example.com,Ann\nbob@example.com,Bob\ncarl@example.com,Carl\n");
    const run = async (...args: readonly string[]) => {
      const child = startCli("newsletter", ...args);
      const code = await child.ended;
      return { code, out: child.output() };
    };
    const send = ["send", "JourneyMailer.news", "--to", file, "--args", "[7]", "--key", "n7"];

    const rehearsed = await run(...send, "--rehearse");
    expect(rehearsed.out).toContain("3 would get it; nothing was sent.");
    expect(rehearsed.code, rehearsed.out).toBe(0);

    const planned = await run(...send, "--manual");
    expect(planned.code, planned.out).toBe(0);
    const worker = startWorker();
    expect((await run("status", "n7")).out).toContain("1 job waits for: somebody to start it");
    expect(smtp.messages).toEqual([]);
    expect(await run("start", "n7")).toMatchObject({ code: 0 });
    const waited = await run("status", "n7", "--wait");
    expect(waited.out).toContain("2 sent, 1 rejected");

    const outcome = await run("outcome", "n7", "Ann@Example.com", "--json");
    expect(JSON.parse(outcome.out)).toMatchObject({ outcome: "sent", code: 250, at: expect.any(String) });
    const [head, ...rows] = (await run("report", "n7", "--csv")).out.trim().split("\n");
    expect(head).toBe("recipient,outcome,code,status,queue_id,at,response");
    expect(rows.map((row) => row.split(",").slice(0, 4).join(","))).toEqual([
      ...["ann@example.com,sent,250,", "bob@example.com,rejected,550,5.1.1", "carl@example.com,sent,250,"],
    ]);
    expect((await run("retry", "n7", "--outcomes", "rejected")).out).toContain("1 recipient is tried again");
    expect((await run("status", "n7", "--wait")).out).toContain("2 sent, 1 rejected");
    expect(smtp.messages).toHaveLength(2);

    expect((await run("delete", "n7")).code).toBe(2);
    expect(await run("delete", "n7", "--yes")).toMatchObject({ code: 0 });
    expect((await run("status", "n7")).code).toBe(1);
    await worker.end("SIGTERM");
  });
});
