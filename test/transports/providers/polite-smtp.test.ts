import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Events } from "../../../src/events.ts";
import { openDatabase } from "../../../src/stores/sqlite/database.ts";
import { SqliteRateStore } from "../../../src/stores/sqlite/rate-store.ts";
import type { Transport } from "../../../src/transports/transport.ts";
import { readTransports } from "../../../src/transports/transport-settings.ts";
import { Transports } from "../../../src/transports/transports.ts";
import { aMail } from "../../support/mails.ts";
import { type SmtpServerOptions, startSmtpServer } from "../../support/smtp-server.ts";

const cleaning: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleaning.splice(0).reverse()) await clean();
});

const isGmail = (address: string) => address.endsWith("@gmail.com");

/** Two processes on one store and one real mail server, which measures how many mails it has in hand for each provider. */
async function setup(perProvider: object, options: SmtpServerOptions = {}) {
  const inHand = { gmail: 0, other: 0 };
  const most = { gmail: 0, other: 0 };
  const server = await startSmtpServer({
    ...options,
    server: {
      disabledCommands: ["AUTH", "STARTTLS"],
      onData: (stream, { envelope }, done) => {
        const kind = isGmail(envelope.rcptTo[0]?.address ?? "") ? "gmail" : "other";
        inHand[kind] += 1;
        most[kind] = Math.max(most[kind], inHand[kind]);
        stream.resume().on("end", () =>
          setTimeout(() => {
            inHand[kind] -= 1;
            done();
          }, 10),
        );
      },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-"));
  cleaning.push(
    () => server.close(),
    () => rmSync(folder, { recursive: true, force: true }),
  );
  const open = async () => {
    const database = await openDatabase(join(folder, "store.sqlite"));
    const plans = readTransports({ main: { url: `${server.url}?connections=6`, perProvider } });
    const rates = new SqliteRateStore(database);
    const transports = new Transports({ plans, main: "main", events: new Events(), rates });
    cleaning.push(
      () => database.close(),
      () => transports.close(),
    );
    return transports.main;
  };
  return { processes: [await open(), await open()], most };
}

/** Each over its process, again when it is told to. */
async function sendAll(processes: readonly Transport[], all: readonly string[]) {
  const done: string[] = [];
  const turns = all.map((address, at) => [address, processes[at % processes.length]] as const).values();
  const sender = async () => {
    for (const [address, over] of turns) {
      const mail = aMail({ to: [{ name: "", address }] });
      for (;;) {
        const outcome = await over?.send(mail, {
          recipients: [address],
          bulk: true,
          mayWait: isGmail(address),
        });
        if (outcome?.class === "sent") break;
        expect(outcome?.ownLimit).toBe(true);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      done.push(address);
    }
  };
  await Promise.all(Array.from({ length: 24 }, sender));
  return done;
}

describe("limits per mail provider, over real SMTP and two processes", () => {
  it("let no more mails be on the wire at once than they say, and use all that they allow", async () => {
    const { processes, most } = await setup({ gmail: { connections: 3 } });
    const people = Array.from({ length: 120 }, (_, at) => (at % 2 ? `p${at}@gmail.com` : `p${at}@web.de`));
    expect((await sendAll(processes, people)).sort()).toEqual([...people].sort());
    // One of them is left to mails that are not bulk.
    expect(most.gmail).toBe(2);
    expect(most.other).toBeGreaterThan(2);
  });
});
