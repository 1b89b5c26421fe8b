import { beforeEach, describe, expect, it } from "vitest";
import { UnknownActionError } from "../../src/errors/errors.ts";
import type { JobHooks } from "../../src/jobs/hooks.ts";
import { Job } from "../../src/jobs/job.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { Message } from "../../src/mailers/message.ts";
import { startApp } from "../support/app.ts";

const TEMPLATES = {
  "story-mailer/tell.text.hbs": "{{story}}",
  "library/story-mailer/tell.text.hbs": "{{story}}",
};

const log: string[] = [];
let failIn = "";

function note(word: string): void {
  log.push(word);
  if (failIn === word) throw new Error(`did not work in ${word}`);
}

class StoryActions extends Mailer {
  static override hooks: JobHooks = {
    enqueue: () => void note("enqueue") as undefined,
    before: ({ name }) => note(`before ${name}`),
    success: ({ name }) => note(`success ${name}`),
    error: ({ name }, error) => note(`error ${name} ${(error as Error).message}`),
    after: ({ name }) => note(`after ${name}`),
    failure: ({ name }) => note(`failure ${name}`),
  };

  tell(to: string, story: string) {
    note("perform");
    return this.mail({ to, subject: "Story", template: "story-mailer/tell", locals: { story } });
  }
}

const StoryMailer = mailer(StoryActions, { name: "StoryMailer", backoff: () => 0 });
const LibraryMailer = mailer(StoryActions, {
  name: "Library/StoryMailer",
  queue: "library",
  maxAttempts: 3,
  backoff: () => 0,
});

const tell = () => StoryMailer.delay().tell("ann@x.test", "Once");

beforeEach(() => {
  log.length = 0;
  failIn = "";
});

describe("enqueueing", () => {
  it("refuses what nobody can perform, and stores nothing (DJ-004, DJ-011)", async () => {
    await startApp(TEMPLATES);
    const rules = { callbacks: [], rescues: [] } as never;
    const nobody = new Message({
      mailer: "NoMailer",
      action: "tell",
      args: [],
      params: {},
      settings: {},
      rules,
      draft: () => Promise.reject(new Error("never drafted")),
    });
    await expect(nobody.deliverLater()).rejects.toThrow(UnknownActionError);
    await expect(nobody.deliverLater({ queue: "mail" })).rejects.toThrow(
      'Nothing registered answers "NoMailer.tell"',
    );
    expect(await Job.all().count()).toBe(0);
  });

  it("uses the default queue and priority where nobody says (DJ-009, DJ-014)", async () => {
    await startApp(TEMPLATES, { queue: "default_tracking", priority: 99 });
    const job = await tell();
    expect([job.queue, job.priority]).toEqual(["default_tracking", 99]);
  });

  it("uses the mailer's queue and attempts where the call does not say (DJ-010, DJ-055, DJ-056)", async () => {
    await startApp(TEMPLATES);
    const theirs = await LibraryMailer.delay().tell("ann@x.test", "Once");
    expect([theirs.queue, theirs.record.maxAttempts]).toEqual(["library", 3]);
    expect((await tell()).record.maxAttempts).toBe(25);
  });

  it("adds one job (DJ-012)", async () => {
    await startApp(TEMPLATES);
    await tell();
    expect(await Job.all().count()).toBe(1);
  });

  it("finds a mailer again whose name has parts, and runs it (DJ-016)", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    await LibraryMailer.delay().tell("ann@x.test", "Once");
    await app.worker().workOff();
    expect(transport.sent).toHaveLength(1);
  });

  it("names a job after its mailer and action, by the name the mailer was given, whether or not it can be loaded (DJ-039 to DJ-042)", async () => {
    const { app } = await startApp(TEMPLATES);
    const job = await LibraryMailer.delay().tell("ann@x.test", "Once");
    expect(job.name).toBe("Library/StoryMailer.tell");
    await app.store.remove(job.id);
    await app.store.insert([{ ...job.record, handler: "GoneMailer" }]);
    expect((await Job.find(job.id))?.name).toBe("GoneMailer.tell");
  });

  it("gives fresh arguments each time they are read (DJ-003)", async () => {
    await startApp(TEMPLATES);
    const job = await StoryMailer.delay().tell("ann@x.test", "Once");
    (job.args as unknown as string[])[1] = "changed";
    expect(job.args[1]).toBe("Once");
    expect((await job.reload())?.args[1]).toBe("Once");
  });
});

describe("without a worker (delayJobs: false)", () => {
  it("a call is performed at once, nothing is stored, and a job comes back (DJ-018, DJ-019, DJ-020)", async () => {
    const { transport } = await startApp(TEMPLATES, { delayJobs: false });
    const job = await tell();
    expect(job).toBeInstanceOf(Job);
    expect(transport.sent).toHaveLength(1);
    expect(await Job.all().count()).toBe(0);
  });
});

describe("hooks", () => {
  it("run before, around and after a job, with the job (DJ-021, DJ-022, DJ-023, DJ-024)", async () => {
    const { app } = await startApp(TEMPLATES);
    await tell();
    expect(log).toEqual(["enqueue"]);
    await app.worker().workOff();
    expect(log).toEqual([
      "enqueue",
      "before StoryMailer.tell",
      "perform",
      "success StoryMailer.tell",
      "after StoryMailer.tell",
    ]);
  });

  it("hear of an error of the job, which is kept with it, and success is not run (DJ-025)", async () => {
    const { app } = await startApp(TEMPLATES);
    failIn = "perform";
    const job = await tell();
    await app.worker().workOff(1);
    expect(log).toEqual([
      "enqueue",
      "before StoryMailer.tell",
      "perform",
      "error StoryMailer.tell did not work in perform",
      "after StoryMailer.tell",
    ]);
    expect((await job.reload())?.lastError).toContain("did not work in perform");
  });

  it("keep the job from being performed when before throws (DJ-026)", async () => {
    const { app } = await startApp(TEMPLATES);
    failIn = "before StoryMailer.tell";
    await tell();
    await app.worker().workOff(1);
    expect(log).toEqual([
      "enqueue",
      "before StoryMailer.tell",
      "error StoryMailer.tell did not work in before StoryMailer.tell",
      "after StoryMailer.tell",
    ]);
  });
});
