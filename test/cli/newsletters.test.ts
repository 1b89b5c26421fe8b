import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { close, openApp } from "../../src/app/current-app.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { useCli } from "../support/cli.ts";

class LetterActions extends Mailer {
  weekly(person: { email: string; name: string }) {
    const locals = person.name === "Nameless" ? {} : { name: person.name };
    return this.mail({ to: person.email, subject: "Hi", locals });
  }
}
const LetterMailer = mailer(LetterActions, { name: "LetterMailer" });

const { cli, folder } = useCli();

const people = [
  { email: "ann@x.test", name: "Nameless" },
  { email: "bob@x.test", name: "Bob" },
];

async function setup() {
  mkdirSync(join(folder(), "templates/letter-mailer"), { recursive: true });
  writeFileSync(join(folder(), "templates/letter-mailer/weekly.text.hbs"), "Hello {{name}}");
  const app = await openApp();
  await LetterMailer.broadcast(people, { key: "w7" }).weekly();
  return app;
}

it("`newsletter status --wait` ends with 1 when recipients failed, and says how to send to them once more", async () => {
  await (await setup()).worker().workOff();
  const { code, out } = await cli("newsletter", "status", "w7", "--wait", "--failures");
  expect(code).toBe(1);
  expect(out).toContain("1 sent, 1 failed");
  expect(out).toContain("newsletter retry w7");
  expect(out).toMatch(/ann@x\.test: failed .*"name" is missing/);
});

it("`newsletter retry` tries the failed again, or those of other outcomes", async () => {
  await (await setup()).worker().workOff();
  expect((await cli("newsletter", "retry", "w7", "--outcomes", "unknown, rejected")).out).toContain(
    "0 recipients",
  );
  const { code, out } = await cli("newsletter", "retry", "w7");
  expect(code).toBe(0);
  expect(out).toBe("1 recipient is tried again.\n");
  expect(JSON.parse((await cli("newsletter", "status", "w7", "--json")).out)).toMatchObject({
    state: "running",
    pending: 1,
    troubles: [],
  });
  const wrong = await cli("newsletter", "retry", "w7", "--outcomes", "sent");
  expect(wrong.err).toContain('--outcomes takes failed, unknown, invalid, stopped, rejected, not "sent"');
  expect(wrong.code).toBe(2);
});

it("`jobs check` names a newsletter that cannot get on, and `--wait` does not wait for it", async () => {
  const app = await setup();
  expect((await cli("jobs", "check")).code).toBe(0);
  const [job] = await (await openApp()).store.claim({ workerId: "w", token: "t", limit: 1, leaseMs: 60_000 });
  expect(job).toBeDefined();
  await (await openApp()).store.settle([
    {
      id: job!.id,
      token: "t",
      kind: "fail",
      error: "UnknownActionError: nobody knows it",
      reason: "unknown-action",
    },
  ]);
  const checked = await cli("jobs", "check");
  expect(checked.code).toBe(1);
  expect(checked.out).toContain(
    "newsletter w7: 1 job of its chunks is given up: UnknownActionError: nobody knows it",
  );
  const waited = await cli("newsletter", "status", "w7", "--wait");
  expect(waited.code).toBe(1);
  expect(waited.out).toContain("newsletter retry w7");
  await close();
  expect(app).toBeDefined();
});

it("`newsletter status` says that no worker takes its jobs", async () => {
  const app = await setup();
  const [job] = await app.store.find({});
  await app.store.reschedule(job!.id, new Date(Date.now() - 60_000));
  const { code, out } = await cli("newsletter", "status", "w7");
  expect(code).toBe(0);
  expect(out).toMatch(
    /no worker has taken one of its jobs for 60 s\. Start a worker for the queue newsletters/,
  );
});

it("`newsletter outcome` tells what became of one, with the server's words and the time", async () => {
  await (await setup()).worker().workOff();
  const { code, out } = await cli("newsletter", "outcome", "w7", "Bob@X.test");
  expect(code).toBe(0);
  expect(out).toMatch(/^bob@x\.test: sent .+\.eml, 20\d\d-\d\d-\d\dT/);
  const json = JSON.parse((await cli("newsletter", "outcome", "w7", "ann@x.test", "--json")).out) as object;
  expect(json).toMatchObject({ recipient: "ann@x.test", outcome: "failed", at: expect.any(String) });
  const nobody = await cli("newsletter", "outcome", "w7", "nobody@x.test");
  expect(nobody).toMatchObject({ code: 1, err: expect.stringContaining("is not a recipient of w7") });
  expect((await cli("newsletter", "outcome", "w7")).code).not.toBe(0);
});

it("`newsletter report --csv` is a table of everybody, in which nothing is a formula", async () => {
  const app = await setup();
  const formula = '=HYPERLINK("http://x.test")';
  await LetterMailer.broadcast([{ email: `${formula}@x.test`, name: 'Eve, "E"' }], { key: "w8" }).weekly();
  await app.worker().workOff();
  const { code, out } = await cli("newsletter", "report", "w7", "--csv");
  expect(code).toBe(0);
  const [head, ann, bob, ...rest] = out.split("\n");
  expect(head).toBe("recipient,outcome,code,status,queue_id,at,response");
  expect(ann).toMatch(/^ann@x\.test,failed,,,,20.*Z,.*name.* is missing/);
  expect(bob).toMatch(/^bob@x\.test,sent,,,,20.*Z,\S+\.eml$/);
  expect(rest).toEqual([""]);
  const evil = (await cli("newsletter", "report", "w8", "--csv")).out.split("\n")[1];
  expect(evil).toMatch(/^"'=hyperlink\(""/);
  const failed = await cli("newsletter", "report", "w7", "--outcomes", "failed,unknown", "--json");
  expect(
    failed.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object),
  ).toMatchObject([{ recipient: "ann@x.test", outcome: "failed" }]);
  expect((await cli("newsletter", "report", "w7")).out).toContain("bob@x.test: sent ");
  expect((await cli("newsletter", "report", "w7", "--outcomes", "lost")).code).toBe(2);
});

it("`newsletter cancel` asks, or needs --yes", async () => {
  await setup();
  const unasked = await cli("newsletter", "cancel", "w7");
  expect(unasked).toMatchObject({ code: 2, err: expect.stringContaining("add --yes to newsletter cancel") });
  expect((await cli("newsletter", "status", "w7")).out).not.toContain("cancelled");
  expect((await cli("newsletter", "cancel", "w7", "--yes")).out).toContain("cancelled");
});

it("`newsletter delete` asks, or needs --yes, and takes only what has ended", async () => {
  await setup();
  const running = await cli("newsletter", "delete", "w7", "--yes");
  expect(running).toMatchObject({ code: 2, err: expect.stringContaining("cancel it before you delete it") });
  await (await openApp()).worker().workOff();
  const unasked = await cli("newsletter", "delete", "w7");
  expect(unasked).toMatchObject({ code: 2, err: expect.stringContaining("add --yes to newsletter delete") });
  expect((await cli("newsletter", "status", "w7")).code).toBe(0);
  const deleted = await cli("newsletter", "delete", "w7", "--yes");
  expect(deleted).toMatchObject({ code: 0, out: "Deleted w7, 2 recipients, 1 of them sent to.\n" });
  expect((await cli("newsletter", "status", "w7")).code).toBe(1);
  expect((await cli("newsletter", "status")).out).toBe("No newsletters.\n");
});

it("`newsletter send` takes when it may be sent, and refuses what it cannot read", async () => {
  await setup();
  const file = join(folder(), "people.csv");
  writeFileSync(
    file,
    "email,name,zone\nann@x.test,Ann,Asia/Tokyo\nbob@x.test,Bob,\neve@x.test,Eve,Nowhere\n",
  );
  const send = ["newsletter", "send", "LetterMailer.weekly", "--to", file];
  const times = ["--at", "2099-12-01T09:00", "--stop-by", "2099-12-02", "--time-zone", "Europe/Berlin"];
  const windows = ["--window", "mon-fri 09:00-17:00", "--window", "sat,sun 10:00-12:00 UTC"];
  const sent = await cli(...send, ...times, ...windows, "--time-zone-column", "zone", "--key", "later");
  expect(sent.code).toBe(1);
  expect(sent.out).toContain("later: 2 recipients in 2 jobs");
  const record = await (await openApp()).stores.ledger.find("later");
  expect(record?.timing).toEqual({
    at: "2099-12-01T09:00",
    stopBy: "2099-12-02",
    timeZone: "Europe/Berlin",
    windows: [
      { days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00", to: "17:00" },
      { days: ["sat", "sun"], from: "10:00", to: "12:00", timeZone: "UTC" },
    ],
  });
  const [tokyo] = await (await openApp()).store.find({ group: record!.id });
  expect(tokyo?.runAt).toEqual(new Date("2099-12-01T00:00:00Z"));
  await close();
  const more = await cli(...send, "42");
  expect(more).toMatchObject({ code: 2, err: expect.stringContaining(`go into --args '[...]'`) });
  const wrong = await cli(...send, "--window", "weekdays");
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("--window takes days, times") });
  const day = await cli(...send, "--window", "mo-fr 09:00-17:00");
  expect(day).toMatchObject({ code: 2, err: expect.stringContaining("--window knows the days mon, tue") });
  const at = await cli(...send, "--at", "soon");
  expect(at).toMatchObject({ code: 2, err: expect.stringContaining("must be a Date, or a time such as") });
});
