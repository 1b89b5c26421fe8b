import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, it } from "vitest";
import { parseRate } from "../../src/jobs/rate.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteRateStore } from "../../src/stores/sqlite/rate-store.ts";
import {
  type Arrived,
  describeTransport,
  type TransportUnderTest,
} from "../../src/testing/describe-transport.ts";
import { CircuitBreaker } from "../../src/transports/breaker.ts";
import { FailoverTransport } from "../../src/transports/failover-transport.ts";
import { InboxTransport } from "../../src/transports/inbox-transport.ts";
import { MemoryTransport } from "../../src/transports/memory-transport.ts";
import { RateLimitedTransport } from "../../src/transports/rates/rate-limited-transport.ts";
import { RoundRobinTransport } from "../../src/transports/round-robin-transport.ts";
import { SmtpTransport } from "../../src/transports/smtp/smtp-transport.ts";
import { parseSmtpUrl } from "../../src/transports/smtp/smtp-url.ts";
import { StreamTransport } from "../../src/transports/stream-transport.ts";
import { startSmtpServer } from "../support/smtp-server.ts";

const runner = { describe, it };

function arrivedOf(raw: Buffer | string, recipients?: readonly string[]): Arrived {
  const text = raw.toString();
  const messageId = /^Message-ID: (.*)$/im.exec(text)?.[1]?.trim() ?? "";
  return { messageId, raw: text, ...(recipients && { recipients }) };
}

async function startSmtp(): Promise<TransportUnderTest> {
  const server = await startSmtpServer();
  let open = true;
  const close = async () => {
    if (open) await server.close();
    open = false;
  };
  return {
    transport: new SmtpTransport(parseSmtpUrl(`${server.url}?connections=2`)),
    arrived: async () => server.messages.map(({ raw, envelope }) => arrivedOf(raw, envelope.to)),
    breakDown: close,
    close,
  };
}

async function startInbox(): Promise<TransportUnderTest> {
  const home = await mkdtemp(join(tmpdir(), "inbox-"));
  const folder = join(home, "inbox");
  return {
    transport: new InboxTransport({ folder }),
    arrived: async () => {
      const files = await readdir(folder).catch(() => []);
      return Promise.all(files.map(async (file) => arrivedOf(await readFile(join(folder, file)))));
    },
    breakDown: () => writeFile(folder, "a file where the folder should be"),
    close: () => rm(home, { recursive: true, force: true }),
  };
}

async function startMemory(): Promise<TransportUnderTest> {
  const transport = new MemoryTransport();
  return {
    transport,
    arrived: async () =>
      transport.sent.map(({ mail: { messageId }, recipients }) => ({ messageId, recipients })),
  };
}

async function startStream(): Promise<TransportUnderTest> {
  const output = new PassThrough();
  const chunks: Buffer[] = [];
  output.on("data", (chunk: Buffer) => chunks.push(chunk));
  return {
    transport: new StreamTransport({ output }),
    arrived: async () =>
      Buffer.concat(chunks)
        .toString()
        .split(/^From /m)
        .slice(1)
        .map((entry) => arrivedOf(entry)),
    breakDown: async () => void output.destroy(),
  };
}

async function startTogether(
  Together: typeof FailoverTransport | typeof RoundRobinTransport,
): Promise<TransportUnderTest> {
  const members = [await startSmtp(), await startSmtp()];
  const each = async (run: (member: TransportUnderTest) => unknown) => {
    await Promise.all(members.map(run));
  };
  return {
    transport: new Together(members.map(({ transport }) => transport)),
    arrived: async () => (await Promise.all(members.map(({ arrived }) => arrived()))).flat(),
    breakDown: () => each(({ breakDown }) => breakDown?.()),
    close: async () => {
      await each(({ transport }) => transport.close());
      await each(({ close }) => close?.());
    },
  };
}

async function startGuarded(): Promise<TransportUnderTest> {
  const under = await startSmtp();
  return { ...under, transport: new CircuitBreaker(under.transport, { onChange: () => undefined }) };
}

async function startLimited(): Promise<TransportUnderTest> {
  const under = await startSmtp();
  const database = await openDatabase(":memory:");
  const limits = { ledger: new SqliteRateStore(database), key: "main", rate: parseRate("100/1m") };
  return {
    ...under,
    transport: new RateLimitedTransport(under.transport, limits),
    close: async () => {
      database.close();
      await under.close?.();
    },
  };
}

describeTransport("SMTP", startSmtp, runner);
describeTransport("an inbox folder", startInbox, runner);
describeTransport("memory", startMemory, runner);
describeTransport("a stream", startStream, runner);
describeTransport("SMTP behind a circuit breaker", startGuarded, runner);
describeTransport("SMTP under a rate", startLimited, runner);
describeTransport("a failover", () => startTogether(FailoverTransport), runner);
describeTransport("a round robin", () => startTogether(RoundRobinTransport), runner);
