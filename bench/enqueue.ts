import { parseArgs } from "node:util";
import { Child } from "./support/child.ts";
import type { Measured } from "./support/contender.ts";
import { type ContestantName, contestant, launchOf, parseNames } from "./support/contestants.ts";
import { machine } from "./support/machine.ts";
import { type Places, placesOf } from "./support/places.ts";
import { present } from "./support/present.ts";
import { interleaved } from "./support/rounds.ts";
import { printTable } from "./support/table.ts";

const CONTENDERS = {
  mongo: {
    bulk: ["delay()", "ours-mongo", "raw-by-100", "mongodb-queue"],
    one: [
      "delay()",
      "ours-mongo",
      "raw-by-100",
      "agenda",
      "pulse",
      "sidequest",
      "mail-time",
      "mongodb-queue",
    ],
  },
  sqlite: {
    bulk: ["delay()-sqlite", "ours-sqlite", "raw-sqlite", "delayed_job"],
    one: ["delay()-sqlite", "ours-sqlite", "raw-sqlite", "delayed_job", "delayed_job-defaults"],
  },
} as const satisfies Record<string, Record<"bulk" | "one", readonly ContestantName[]>>;

const HEADS = {
  bulk: "in bulk, 1000 a call where the library has such a call (delayed_job: one transaction)",
  one: "one by one, each acknowledged before the next",
};

/**
 * Stores jobs: in bulk, and one by one. `delay()` is what an application calls, with arguments checked and a Message-ID made;
 * `ours-mongo` and `ours-sqlite` are our store's port alone.
 * Flags: --store mongo|sqlite, --jobs N (default 20000), --single N (one by one; default a tenth of it), --rtt MS, --rounds N, --only a,b,
 * --profile FOLDER
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      store: { type: "string", default: "mongo" },
      jobs: { type: "string", default: "20000" },
      single: { type: "string" },
      rtt: { type: "string", default: "0" },
      rounds: { type: "string", default: "3" },
      only: { type: "string" },
      profile: { type: "string" },
    },
  });
  const store = values.store === "sqlite" ? "sqlite" : "mongo";
  const counts = { bulk: Number(values.jobs), one: Number(values.single ?? Number(values.jobs) / 10) };
  const places = placesOf(store, { roundTripMs: Number(values.rtt) });
  for (const how of ["bulk", "one"] as const) {
    const { names, node22 } = await present(parseNames(values.only, CONTENDERS[store][how]));
    process.stdout.write(
      `${machine()}\nenqueue, ${HEADS[how]}: ${counts[how]} jobs of 200 bytes, 1 process, on ${places.name};
until the last is acknowledged; w: majority, j: true for ours and raw, the peers' own elsewhere\n`,
    );
    const setting = { places, how, count: counts[how], node22, profile: values.profile };
    const results = await interleaved(names, Number(values.rounds), (name) =>
      enqueue(name as ContestantName, setting),
    );
    printTable(results, names[0] ?? "");
    process.stdout.write("\n");
  }
}

interface Setting {
  readonly places: Places;
  readonly how: "bulk" | "one";
  readonly count: number;
  readonly node22: string | undefined;
  readonly profile: string | undefined;
}

async function enqueue(
  name: ContestantName,
  { places, how, count, node22, profile }: Setting,
): Promise<Measured> {
  const place = await places.open();
  const launch = launchOf(contestant(name), { uri: place.uri, concurrency: 1, node22, profile });
  const child = await Child.start(name, launch);
  try {
    const serverCpuMs = place.serverCpuMs();
    const measured = await child.ask<Measured>({ do: "enqueue", how, count });
    return { ...measured, serverCpuMs: place.serverCpuMs() - serverCpuMs };
  } finally {
    await child.close();
    await place.close();
  }
}
