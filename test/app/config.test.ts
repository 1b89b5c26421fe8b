import { describe, expect, it } from "vitest";
import { ENVIRONMENT } from "../../src/config/environment.ts";
import { resolveConfig } from "../../src/config/resolve-config.ts";
import type { Settings } from "../../src/config/settings.ts";
import { ConfigurationError } from "../../src/errors/errors.ts";
import { MemoryTransport } from "../../src/transports/memory-transport.ts";

function problemsOf(settings: Settings, env: NodeJS.ProcessEnv = {}): readonly string[] {
  try {
    resolveConfig(settings, env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe("the configuration", () => {
  it("has a default for everything outside production", () => {
    expect(resolveConfig({}, {})).toMatchObject({
      sqlite: ".delayed-mailer/store.sqlite",
      inbox: ".delayed-mailer/inbox",
      templates: "templates",
      retention: 0,
      onUnknownOutcome: "resend",
      queue: "default",
      priority: 0,
      maxAttempts: 25,
      maxRunTime: 14_400_000,
      keepFailed: true,
      delayJobs: true,
      logLevel: "info",
      logAddresses: false,
      production: false,
    });
  });

  it("reads the environment, each value as what it is", () => {
    const env = {
      MONGODB_URI: "mongodb://db.test/app",
      SMTP_URL: "smtps://user:secret@mail.test?connections=7",
      MAIL_FROM: "Shop <shop@x.test>",
      DELAYED_MAILER_RETENTION: "7 days",
      DELAYED_MAILER_MAX_ATTEMPTS: "3",
      DELAYED_MAILER_MAX_RUN_TIME: "90s",
      DELAYED_MAILER_KEEP_FAILED: "false",
      DELAYED_MAILER_DELAY_JOBS: "false",
      DELAYED_MAILER_LOG_ADDRESSES: "true",
      NODE_ENV: "production",
    };
    expect(resolveConfig({}, env)).toMatchObject({
      mongodbUri: "mongodb://db.test/app",
      from: { name: "Shop", address: "shop@x.test" },
      messageIdDomain: "x.test",
      retention: 604_800_000,
      maxAttempts: 3,
      maxRunTime: 90_000,
      keepFailed: false,
      delayJobs: false,
      logAddresses: true,
      production: true,
    });
  });

  it("lets settings win over the environment, and an empty variable be none", () => {
    const env = { DELAYED_MAILER_QUEUE: "from-env", DELAYED_MAILER_MAX_ATTEMPTS: "" };
    expect(resolveConfig({ queue: "from-settings" }, env)).toMatchObject({
      queue: "from-settings",
      maxAttempts: 25,
    });
    expect(resolveConfig({}, env).queue).toBe("from-env");
  });

  it("reports all mistakes together, each by the name it was given under", () => {
    const problems = problemsOf(
      { templates: "", delayJobs: "maybe" as never },
      { MONGODB_URI: "localhost", MAIL_FROM: "a@x.test, b@x.test", DELAYED_MAILER_MAX_ATTEMPTS: "many" },
    );
    expect(problems).toHaveLength(5);
    expect(problems.join("\n")).toMatch(/MONGODB_URI \(mongodbUri\): must begin with mongodb:\/\//);
    expect(problems.join("\n")).toMatch(/MAIL_FROM \(from\): /);
    expect(problems.join("\n")).toMatch(/DELAYED_MAILER_MAX_ATTEMPTS \(maxAttempts\): /);
    expect(problems.join("\n")).toMatch(/DELAYED_MAILER_DELAY_JOBS \(delayJobs\): /);
  });

  it("never repeats what may hold a password", () => {
    const problems = problemsOf(
      {},
      { SMTP_URL: "smtp://user:s3cret#rest@mail.test", MONGODB_URI: "mongo:s3cret" },
    );
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain("s3cret");
  });

  it("asks for a mail server in production, unless there is a transport", () => {
    expect(problemsOf({ production: true }).join()).toContain("SMTP_URL is missing");
    expect(problemsOf({}, { NODE_ENV: "production" }).join()).toContain("SMTP_URL is missing");
    expect(problemsOf({ production: true, transport: new MemoryTransport() })).toEqual([]);
  });

  it("refuses what it does not know", () => {
    expect(problemsOf({ smptUrl: "x" } as Settings).join()).toContain("smptUrl");
  });

  it("refuses times that a timer cannot wait", () => {
    expect(problemsOf({ maxRunTime: "5 weeks" }).join()).toContain("at most 24.8 days");
    expect(problemsOf({ maxRunTime: "0ms" })).toHaveLength(1);
  });

  it("has one variable for each setting that has one, of a name of ours", () => {
    const variables = Object.values(ENVIRONMENT);
    expect(new Set(variables).size).toBe(variables.length);
    for (const variable of variables)
      expect(variable).toMatch(/^(MONGODB_URI|SMTP_URL|MAIL_FROM|DELAYED_MAILER_[A-Z_]+|DKIM_[A-Z_]+)$/);
  });
});
