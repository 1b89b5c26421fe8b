import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { context, metrics, propagation, SpanKind, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { afterEach, describe, expect, it } from "vitest";
import type { Settings } from "../../src/config/settings.ts";
import { delayAll } from "../../src/index.ts";
import { openTelemetry } from "../../src/telemetry/index.ts";
import { startApp } from "../support/app.ts";
import { BOTH_STORES } from "../support/both-stores.ts";
import { startScript } from "../support/child.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";
import { startSmtpServer } from "../support/smtp-server.ts";
import { type ShownSpan, shownSpan } from "./shown-span.ts";
import { TracedMailer } from "./traced-mailer.ts";

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  for (const api of [trace, context, propagation, metrics]) api.disable();
});

/** The real SDK; its spans by name. */
function traced() {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register();
  closing.push(() => provider.shutdown());
  const spans = () => exporter.getFinishedSpans().map(shownSpan);
  const named = (name: string) => spans().filter((span) => span.name === name);
  const only = (name: string): ShownSpan => {
    const [span, ...others] = named(name);
    if (span === undefined || others.length > 0)
      throw new Error(`one span "${name}", please: ${spans().map((each) => each.name)}`);
    return span;
  };
  return { spans, named, only };
}

/** As a web framework's instrumentation does. */
async function inRequest<T>(run: () => Promise<T>): Promise<{ readonly spanId: string; readonly value: T }> {
  const span = trace.getTracer("web").startSpan("POST /register", { kind: SpanKind.SERVER });
  const value = await context.with(trace.setSpan(context.active(), span), run);
  span.end();
  return { spanId: span.spanContext().spanId, value };
}

const plugins = [openTelemetry()];
const OWN = `${resolve("src")}/`;

describe.each(BOTH_STORES)("spans, with jobs in %s", (_, settings) => {
  it("go from the request that delays a call to the reply of the mail server, in one trace", async () => {
    const { only } = traced();
    const server = await startSmtpServer();
    closing.push(() => server.close());
    const way: Settings = { transports: { main: server.url }, transport: "main" };
    const { app } = await startApp({}, { ...(await settings()), ...way, plugins });
    const { spanId: request, value: job } = await inRequest(() =>
      TracedMailer.delay({ queue: "mail" }).hello("ann@example.com"),
    );
    await app.worker().workOff();
    const [delay, perform] = [only("delay TracedMailer.hello"), only("perform TracedMailer.hello")];
    const [render, send] = [only("render TracedMailer.hello"), only("send TracedMailer.hello")];
    expect([delay.parent, perform.parent, render.parent, send.parent]).toEqual([
      request,
      delay.spanId,
      perform.spanId,
      perform.spanId,
    ]);
    expect([delay.kind, perform.kind, render.kind, send.kind]).toEqual([
      ...["PRODUCER", "CONSUMER", "INTERNAL", "CLIENT"],
    ]);
    expect(new Set([delay, perform, render, send].map(({ traceId }) => traceId)).size).toBe(1);
    expect(perform.links).toEqual([delay.spanId]);
    const message = {
      "messaging.system": "delayed_mailer",
      "messaging.destination.name": "mail",
      "messaging.message.id": job.id,
    };
    expect(delay.attributes).toMatchObject({ ...message, "messaging.operation.type": "send" });
    expect(perform.attributes).toMatchObject({
      ...message,
      "messaging.operation.type": "process",
      "delayed_mailer.attempt": 1,
      "delayed_mailer.result": "done",
    });
    expect(send.attributes).toMatchObject({
      "delayed_mailer.outcome": "sent",
      "delayed_mailer.accepted": 1,
      "smtp.reply.code": 250,
    });
    expect(send.events).toMatchObject([{ "smtp.reply.text": expect.stringMatching(/^250 /) }]);
  });
});

it("an attempt that fails says so, without the address that its error and the server's reply hold", async () => {
  const { named, spans } = traced();
  const { app, transport } = await startApp({}, { plugins });
  transport.script.push({ class: "rejected", code: 550, response: "550 5.1.1 <bob@example.com> unknown" });
  await TracedMailer.delay().broken("ann@example.com");
  await TracedMailer.delay().hello("bob@example.com");
  await app.worker().workOff();
  const [broken] = named("perform TracedMailer.broken");
  expect(broken).toMatchObject({
    status: "ERROR",
    statusText: "(address) cannot be greeted",
    attributes: { "delayed_mailer.result": "retry" },
    events: [{ name: "exception", "exception.message": "(address) cannot be greeted" }],
  });
  const [send] = named("send TracedMailer.hello");
  expect(send).toMatchObject({
    status: "ERROR",
    statusText: "550 5.1.1 <(address)> unknown",
    attributes: { "delayed_mailer.outcome": "rejected", "smtp.reply.code": 550 },
  });
  expect(named("perform TracedMailer.hello")).toMatchObject([
    {
      status: "ERROR",
      attributes: { "delayed_mailer.result": "fail", "delayed_mailer.fail_reason": "rejected" },
    },
  ]);
  expect(JSON.stringify(spans())).not.toContain("@example.com");
});

it("calls that are stored in one write are siblings", async () => {
  const { named } = traced();
  const { app } = await startApp({}, { plugins });
  const calls = ["ann", "bob", "cleo"].map((name) => TracedMailer.hello(`${name}@example.com`));
  const { spanId } = await inRequest(() => delayAll(calls));
  await app.worker().workOff();
  const delays = named("delay TracedMailer.hello");
  expect(delays.map(({ parent }) => parent)).toEqual([spanId, spanId, spanId]);
  const performed = named("perform TracedMailer.hello").map(({ parent }) => parent);
  expect(performed.toSorted()).toEqual(delays.map((each) => each.spanId).toSorted());
});

it("an attempt has a trace of its own, with a link, where that is asked for", async () => {
  const { only } = traced();
  const { app } = await startApp({}, { plugins: [openTelemetry({ trace: "own" })] });
  await inRequest(() => TracedMailer.delay().hello("ann@example.com"));
  await app.worker().workOff();
  const [delay, perform] = [only("delay TracedMailer.hello"), only("perform TracedMailer.hello")];
  expect(perform.parent).toBeUndefined();
  expect(perform.traceId).not.toBe(delay.traceId);
  expect(perform.links).toEqual([delay.spanId]);
  expect(only("send TracedMailer.hello").traceId).toBe(perform.traceId);
});

it("a newsletter has a span for each chunk and none for each mail", async () => {
  const { only, named } = traced();
  const { app, transport } = await startApp({}, { plugins });
  const audience = Array.from({ length: 25 }, (_, index) => `reader-${index}@example.com`);
  await TracedMailer.broadcast(audience, { key: "weekly", chunkSize: 10 }).hello();
  await app.worker().workOff();
  const begun = only("broadcast TracedMailer.hello");
  expect(begun.attributes).toMatchObject({ "delayed_mailer.newsletter": "weekly" });
  const chunks = named("perform delayed-mailer.newsletter.sendChunk");
  expect(chunks.map(({ parent }) => parent)).toEqual([begun.spanId, begun.spanId, begun.spanId]);
  expect(named("send TracedMailer.hello")).toEqual([]);
  expect(named("render TracedMailer.hello")).toEqual([]);
  expect(transport.sent).toHaveLength(25);
});

it("the job keeps the trace, and no baggage, which may say who somebody is", async () => {
  traced();
  await startApp({}, { plugins });
  const baggage = propagation.createBaggage({ user: { value: "ann@example.com" } });
  const inside = propagation.setBaggage(context.active(), baggage);
  const { value: job } = await context.with(inside, () =>
    inRequest(() => TracedMailer.delay().hello("ann@example.com")),
  );
  expect(job.record.meta.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(job.record.meta).not.toHaveProperty("baggage");
});

it("without an SDK mails go as ever, and nothing is carried", async () => {
  const { app, transport } = await startApp({}, { plugins });
  const job = await TracedMailer.delay().hello("ann@example.com");
  await app.worker().workOff();
  expect(job.record.meta).not.toHaveProperty("traceparent");
  expect(transport.sent).toHaveLength(1);
});

it("instruments are filled from what happens", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  closing.push(() => provider.shutdown());
  const { app } = await startApp({}, { plugins });
  // After the application was opened, as it happens.
  metrics.setGlobalMeterProvider(provider);
  await TracedMailer.delay({ queue: "mail" }).hello("ann@example.com");
  await TracedMailer.delay({ maxAttempts: 1 }).broken("bob@example.com");
  await TracedMailer.broadcast(["cleo@example.com", "dan@example.com"], {}).hello();
  await app.worker().workOff();
  await reader.forceFlush();
  const points = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap((scope) => scope.metrics)
    .flatMap(({ descriptor: { name }, dataPoints }) =>
      dataPoints.map(({ attributes, value }) => [name, attributes, value] as const),
    );
  const mail = "TracedMailer.hello";
  const broken = { mail: "TracedMailer.broken", queue: "default", result: "failed" };
  for (const [name, attributes, value] of [
    ["delayed_mailer.job.enqueued", { queue: "mail" }, 1],
    ["delayed_mailer.job.attempts", { mail, queue: "mail", result: "done" }, 1],
    ["delayed_mailer.job.attempts", broken, 1],
    ["delayed_mailer.mails", { outcome: "sent" }, 1],
    ["delayed_mailer.newsletter.recipients", { outcome: "sent" }, 2],
    ["delayed_mailer.job.wait", { queue: "mail" }, expect.objectContaining({ count: 1 })],
  ])
    expect(points).toContainEqual([name, attributes, value]);
  expect(JSON.stringify(points)).not.toContain("@");
});

describe.each([
  ["SQLite", async (folder: string) => ({ DELAYED_MAILER_SQLITE: join(folder, "store.sqlite") })],
  ["MongoDB", async () => ({ MONGODB_URI: await newMongoDatabase() })],
] as const)("across processes, over %s", (_, environment) => {
  it("a worker process goes on with the trace of the process that delayed the call", async () => {
    const { only } = traced();
    const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-traces-"));
    closing.push(() => rmSync(folder, { recursive: true }));
    const server = await startSmtpServer();
    closing.push(() => server.close());
    const env: Record<string, string> = await environment(folder);
    const store: Settings =
      env.MONGODB_URI === undefined
        ? { sqlite: env.DELAYED_MAILER_SQLITE ?? "" }
        : { mongodbUri: env.MONGODB_URI };
    await startApp({}, { ...store, plugins });
    await inRequest(() => TracedMailer.delay().hello("ann@example.com"));
    const child = startScript("test/telemetry/fixture/worker.ts", [], {
      ...env,
      SMTP_URL: server.url,
      MAIL_FROM: "shop@example.com",
    });
    expect(await child.ended, child.output()).toBe(0);
    const theirs = child.events().flatMap(({ span }) => (span === undefined ? [] : [span as ShownSpan]));
    const delay = only("delay TracedMailer.hello");
    expect(theirs.map(({ name, traceId }) => [name, traceId])).toEqual([
      ["render TracedMailer.hello", delay.traceId],
      ["send TracedMailer.hello", delay.traceId],
      ["perform TracedMailer.hello", delay.traceId],
    ]);
    expect(theirs.at(-1)?.parent).toBe(delay.spanId);
  });
});

describe("a process that stores calls", () => {
  const storing = (plugin: string) => `
    import { close, configure, job } from ${JSON.stringify(resolve("src/index.ts"))};
    ${plugin}
    configure({ sqlite: ":memory:", plugins });
    const Greet = job("Greet", { perform: () => undefined });
    await Greet.delay().perform();
    await close();
  `;

  async function loadedBy(program: string): Promise<readonly string[]> {
    const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-loaded-"));
    closing.push(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "program.mts"), program);
    const preloaded = [import.meta.resolve("tsx"), resolve("test/support/loaded-modules.js")];
    const args = [...preloaded.flatMap((each) => ["--import", each]), join(folder, "program.mts")];
    const { stdout } = await promisify(execFile)("node", args, { env: { PATH: process.env.PATH } });
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "[]") as readonly string[];
  }

  it("loads nothing of OpenTelemetry, of the pages or of metrics where it asks for none", async () => {
    const files = await loadedBy(storing("const plugins: never[] = [];"));
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => /opentelemetry|src\/(telemetry|web|metrics)\//.test(file))).toEqual([]);
  });

  it("loads the plugin and the API where it traces, and no more for it", async () => {
    const own = new Set(await loadedBy(storing("const plugins: never[] = [];")));
    const path = JSON.stringify(resolve("src/telemetry/index.ts"));
    const files = await loadedBy(
      storing(`import { openTelemetry } from ${path};\nconst plugins = [openTelemetry()];`),
    );
    const more = files.filter((file) => !own.has(file) && !file.includes("program.mts"));
    const ours = more.filter((file) => file.includes(OWN));
    expect(ours.map((file) => file.split(OWN)[1]).toSorted()).toEqual([
      // Hides addresses.
      "mail/addresses-in-text.ts",
      ...["telemetry/index.ts", "telemetry/instruments.ts", "telemetry/open-telemetry.ts"],
      ...["telemetry/span-errors.ts", "telemetry/spans.ts"],
    ]);
    expect(more.filter((file) => !file.includes(OWN) && !file.includes("@opentelemetry/api/"))).toEqual([]);
  });
});
