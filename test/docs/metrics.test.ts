import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { configuration } from "../../src/app/current-app.ts";
import { parseWorkerFlags } from "../../src/cli/worker/worker-flags.ts";
import { Events } from "../../src/index.ts";
import { storeMetrics } from "../../src/metrics/store-metrics.ts";
import { WorkerMetrics } from "../../src/metrics/worker-metrics.ts";
import { startApp } from "../support/app.ts";
import { blockWith, commandsIn } from "../support/docs.ts";
import { TracedMailer } from "../telemetry/traced-mailer.ts";

const NAME = /delayed_mailer_[a-z_]+/g;

it("docs/metrics.md and the board name every metric there is, and no other", async () => {
  const states = { ready: 1, leased: 0, failed: 0, done: 0 };
  const queues = [{ queue: "mail", ready: 1, firstAt: new Date(0) }];
  const { text } = await new WorkerMetrics(new Events(), () => 0).read();
  const store = await storeMetrics({ states, queues }, 0);
  const known = [...`${text}${store.text}`.matchAll(/^# TYPE (\S+)/gm)].map(([, name = ""]) => name);
  const page = readFileSync("docs/metrics.md", "utf8");
  const board = readFileSync("docs/grafana-board.json", "utf8");
  for (const name of known) expect(page).toContain(`| \`${name}\``);
  for (const [named] of `${page}${board}`.matchAll(NAME))
    expect(known).toContain(named.replace(/_bucket$/, ""));
  expect((JSON.parse(board) as { panels: unknown[] }).panels).toHaveLength(8);
});

it("the plugin of docs/metrics.md is one that an application takes", async () => {
  await import("./metrics/tracing.ts");
  const { plugins } = configuration();
  const { app, transport } = await startApp({}, { ...(plugins && { plugins }) });
  expect(app.lifecycle.has("perform")).toBe(true);
  await TracedMailer.delay().hello("ann@example.com");
  await app.worker().workOff();
  expect(transport.sent).toHaveLength(1);
  expect(blockWith("docs/metrics.md", "npm install @opentelemetry/api")).toBe(
    "npm install @opentelemetry/api\n",
  );
});

it("docs/metrics.md names every instrument and every kind of span that the plugin makes", () => {
  const page = readFileSync("docs/metrics.md", "utf8");
  const instruments = readFileSync("src/telemetry/instruments.ts", "utf8");
  const names = [
    ...instruments.matchAll(/(?:counter|seconds)\("([\w.]+)"|createGauge\("delayed_mailer\.([\w.]+)"/g),
  ];
  expect(names).toHaveLength(8);
  for (const [, counted, gauged] of names) expect(page).toContain(`\`delayed_mailer.${counted ?? gauged}\``);
  const spans = readFileSync("src/telemetry/spans.ts", "utf8");
  const kinds = new Set(Array.from(spans.matchAll(/`(\w+) \$\{/g), ([, kind = ""]) => kind));
  expect([...kinds].toSorted()).toEqual(["broadcast", "delay", "perform", "render", "send"]);
  for (const kind of kinds) expect(page).toContain(`| \`${kind} `);
});

it("the worker of docs/metrics.md gets the port it is asked under", () => {
  const [[, , , ...words] = []] = commandsIn(blockWith("docs/metrics.md", "--health-port"));
  expect(parseWorkerFlags(words)["health-port"]).toBe("9464");
});

it("the alerts of docs/metrics.md have an expression, a time and a summary each", () => {
  const { groups } = parse(blockWith("docs/metrics.md", "alert: MailNotWorked")) as {
    readonly groups: readonly [{ readonly rules: readonly unknown[] }];
  };
  const rule = {
    alert: expect.any(String),
    expr: expect.stringContaining("delayed_mailer_"),
    for: expect.stringMatching(/^\d+m$/),
    annotations: { summary: expect.any(String) },
  };
  expect(groups[0].rules.length).toBeGreaterThan(3);
  for (const each of groups[0].rules) expect(each).toMatchObject(rule);
});
