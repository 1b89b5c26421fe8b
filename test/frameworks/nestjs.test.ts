import "reflect-metadata";
import { Injectable, Module } from "@nestjs/common";
import { Test } from "@nestjs/testing";
import { afterEach, expect, it } from "vitest";
import { close, isOpen } from "../../src/app/current-app.ts";
import { DelayedMailerModule, InjectJob, InjectMailer, tokenOf } from "../../src/frameworks/nestjs.ts";
import { ConfigurationError, Job, job, Mailer, MemoryTransport, mailer } from "../../src/index.ts";
import { eventually } from "../support/eventually.ts";

class UserActions extends Mailer {
  hello(email: string) {
    return this.mail({ to: email, subject: "Hello" });
  }
}
const UserMailer = mailer(UserActions, { name: "NestMailer" });
const performed: string[] = [];
const Note = job("NestNote", { perform: () => void performed.push("noted") });

class SignUp {
  readonly mails: typeof UserMailer;
  readonly notes: typeof Note;
  constructor(mails: typeof UserMailer, notes: typeof Note) {
    this.mails = mails;
    this.notes = notes;
  }
}
// As decorators do it, which need a compiler's option.
Injectable()(SignUp);
InjectMailer(UserMailer)(SignUp, undefined, 0);
InjectJob(Note)(SignUp, undefined, 1);

const settings = { sqlite: ":memory:", from: "a@x.test", transport: new MemoryTransport() };
const named = { mailers: [UserMailer], jobs: [Note] };

/** The module of the application: what is injected here comes from a global module of another place. */
function appWith(delayedMailer: ReturnType<typeof DelayedMailerModule.forRoot>) {
  class AppModule {}
  Module({ imports: [delayedMailer], providers: [SignUp] })(AppModule);
  return Test.createTestingModule({ imports: [AppModule] });
}

afterEach(close);

it("injects mailers and jobs, and closes the store with the application", async () => {
  const nest = await appWith(DelayedMailerModule.forRoot({ settings, ...named })).compile();
  await nest.init();
  const { mails, notes } = nest.get(SignUp);
  await mails.delay().hello("ann@example.com");
  await notes.delay().perform();
  expect(await Job.all().count()).toBe(2);
  await nest.close();
  expect(isOpen()).toBe(false);
});

it("works where it is asked to, and lets running jobs end when the application closes", async () => {
  const nest = await appWith(
    DelayedMailerModule.forRootAsync({ ...named, useFactory: async () => ({ settings, worker: true }) }),
  ).compile();
  await nest.init();
  performed.length = 0;
  await nest.get(SignUp).notes.delay().perform();
  await eventually("the job is performed", () => performed.length === 1);
  await nest.close();
  expect(isOpen()).toBe(false);
});

it("takes settings from what is injected", async () => {
  class Configuration {
    readonly sqlite = ":memory:";
  }
  Injectable()(Configuration);
  class ConfigurationModule {}
  Module({ providers: [Configuration], exports: [Configuration] })(ConfigurationModule);
  const useFactory = ({ sqlite }: Configuration) => ({ settings: { ...settings, sqlite, queue: "nest" } });
  const nest = await appWith(
    DelayedMailerModule.forRootAsync({
      ...named,
      imports: [ConfigurationModule],
      inject: [Configuration],
      useFactory,
    }),
  ).compile();
  await nest.get(SignUp).mails.delay().hello("ann@example.com");
  expect((await Job.all().first())?.queue).toBe("nest");
  await nest.close();
});

it("lets a test put another mailer in the place of one", async () => {
  const other = { mailerName: "Other" };
  const nest = await appWith(DelayedMailerModule.forRoot({ settings, ...named }))
    .overrideProvider(tokenOf(UserMailer))
    .useValue(other)
    .compile();
  expect(nest.get(SignUp).mails).toBe(other);
  await nest.close();
});

it("does not start with settings that are not usable", async () => {
  const wrong = { ...settings, maxAttempts: -1 };
  const starting = appWith(DelayedMailerModule.forRoot({ settings: wrong, ...named })).compile();
  await expect(starting).rejects.toThrow(ConfigurationError);
});
