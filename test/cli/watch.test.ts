import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type Child, startScript } from "../support/child.ts";
import { eventually } from "../support/eventually.ts";

const MAILER = `
import { Mailer, mailer } from "${resolve("src/index.ts")}";
class NoteActions extends Mailer {
  note() { return this.mail({ to: "ann@example.com", subject: "Note", text: "A note" }); }
}
export const NoteMailer = mailer(NoteActions, { name: "NoteMailer" });
`;

/** A worker that watches, in an application of its own. */
function setup() {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-watch-"));
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
  mkdirSync(join(folder, "mailers"));
  write("package.json", '{ "type": "module" }');
  write("mailers/note-mailer.ts", MAILER);
  const env = { DELAYED_MAILER_SQLITE: ":memory:" };
  const worker = startScript("src/cli.ts", ["worker", "--watch", "--json"], env, folder);
  onTestFinished(async () => {
    await worker.end();
    rmSync(folder, { recursive: true, force: true });
  });
  return { worker, write };
}

const starts = (worker: Child) =>
  worker.events().flatMap(({ event, worker: id }) => (event === "worker.started" ? [id] : []));

it("a worker that watches starts anew when a mailer changes, and not for a preview, which it does not read", async () => {
  const { worker, write } = setup();
  await eventually("it works", () => starts(worker).length === 1);
  write("mailers/note-mailer.preview.ts", "export {};");
  await new Promise((done) => setTimeout(done, 1_000));
  expect(worker.output()).not.toContain("worker.stopping");
  write("mailers/note-mailer.ts", `${MAILER}// changed`);
  await eventually("it works again", () => starts(worker).length === 2);
  expect(worker.output()).toContain("it starts again when a file changes in mailers");
  expect(await worker.end("SIGTERM")).toBe(0);
});
