import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../src/stores/mongo/connection.ts";
import { createIndexes } from "../../src/stores/mongo/indexes.ts";
import { MongoJobStore } from "../../src/stores/mongo/jobs/job-store.ts";
import { MongoNewsletterStore } from "../../src/stores/mongo/newsletters/newsletter-store.ts";
import { databaseUri, type MongoServer, startMongoServer } from "../../test/support/mongo-server.ts";
import type { Fault } from "../faults/fault.ts";
import type { Random } from "../random.ts";
import type { StoreOptions, StoreUnderStress } from "../store-under-stress.ts";
import { Wire } from "../wire.ts";

const RESTARTS = 5;

/** A server of its own, which can be killed, behind a wire that can be cut. */
export async function openMongoUnderStress({ folder, leaseMs }: StoreOptions): Promise<StoreUnderStress> {
  let server = await startMongoServer({ folder });
  const direct = new URL(databaseUri(server.uri, "stress"));
  const port = Number(direct.port);
  const wire = await Wire.start(port);
  const connection = await connect(direct.href);
  const jobs = new MongoJobStore(connection);
  await jobs.open();
  const ledger = new MongoNewsletterStore(connection);
  await ledger.open();
  await createIndexes(connection, [...jobs.indexes, ...ledger.indexes]);
  const crash: Fault = {
    weight: 2,
    of: "the store",
    begin: async (_, random) => {
      const ms = random.between(0, leaseMs);
      await server.close();
      return {
        ms,
        end: async () => {
          server = await restart(folder, port);
        },
      };
    },
  };
  return {
    name: "MongoDB",
    env: { MONGODB_URI: wire.through(direct.href), DELAYED_MAILER_SQLITE: undefined },
    jobs,
    ledger,
    reapMarginMs: 1_000,
    faults: { crash, ...wireFaults(wire, leaseMs) },
    close: async () => {
      await jobs.close();
      await connection.destroy();
      await wire.close();
      await server.close();
    },
  };
}

function wireFaults(wire: Wire, leaseMs: number): Readonly<Record<string, Fault>> {
  const fault = (
    weight: number,
    longest: number,
    begin: (random: Random) => void,
    end?: () => void,
  ): Fault => ({
    weight,
    of: "the store",
    begin: async (_, random) => {
      const ms = random.between(0, longest);
      begin(random);
      return { ms, ...(end && { end }) };
    },
  });
  return {
    cut: fault(5, 0, () => wire.cut()),
    lose: fault(
      4,
      300,
      () => wire.loseAnswers(),
      () => {
        wire.hearAnswers();
        wire.cut();
      },
    ),
    stall: fault(
      4,
      2 * leaseMs,
      () => wire.stall(),
      () => wire.resume(),
    ),
    refuse: fault(
      2,
      1.5 * leaseMs,
      () => wire.refuse(true),
      () => wire.refuse(false),
    ),
    forget: fault(0.5, 0, () => wire.forget()),
    delay: fault(
      3,
      2 * leaseMs,
      (random) => wire.delay(random.between(2, 100)),
      () => wire.delay(0),
    ),
  };
}

/** On the same folder and port. A server that was killed may take some time to give them up. */
async function restart(folder: string, port: number): Promise<MongoServer> {
  for (let tries = 1; ; tries++) {
    try {
      return await startMongoServer({ folder, port });
    } catch (error) {
      if (tries === RESTARTS) throw error;
      await sleep(500 * tries);
    }
  }
}
