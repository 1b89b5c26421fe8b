import { afterEach, expect, it } from "vitest";
import { Events } from "../../src/events.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteRateStore } from "../../src/stores/sqlite/rate-store.ts";
import { readTransports } from "../../src/transports/transport-settings.ts";
import { Transports } from "../../src/transports/transports.ts";
import { aMail } from "../support/mails.ts";
import { startSmtpServer } from "../support/smtp-server.ts";

const cleaning: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleaning.splice(0).reverse()) await clean();
});

async function startServer() {
  const server = await startSmtpServer({ server: { disabledCommands: ["AUTH", "STARTTLS"] } });
  cleaning.push(() => server.close());
  return server;
}

it("weights spread many mails over two mail servers, one after another and all at once", async () => {
  const [large, small] = [await startServer(), await startServer()];
  const plans = readTransports({
    both: { roundRobin: { large: 3, small: 1 } },
    large: { url: large.url },
    small: { url: small.url },
  });
  const database = await openDatabase(":memory:");
  const rates = new SqliteRateStore(database);
  const transports = new Transports({ plans, main: "both", events: new Events(), rates });
  cleaning.push(
    () => database.close(),
    () => transports.close(),
  );
  const send = async () => expect((await transports.main.send(aMail())).class).toBe("sent");
  for (let time = 0; time < 8; time++) await send();
  expect([large.messages.length, small.messages.length]).toEqual([6, 2]);
  await Promise.all(Array.from({ length: 40 }, send));
  expect([large.messages.length, small.messages.length]).toEqual([36, 12]);
});
