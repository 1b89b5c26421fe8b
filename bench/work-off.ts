import { parseArgs } from "node:util";
import { type ContestantName, contestant, parseNames } from "./support/contestants.ts";
import { machine } from "./support/machine.ts";
import { placesOf, roundTripOf } from "./support/places.ts";
import { present } from "./support/present.ts";
import { interleaved } from "./support/rounds.ts";
import { runSteady } from "./support/steady-run.ts";
import { medianRate, printTable, ratios } from "./support/table.ts";
import { runWorkOff } from "./support/work-off-run.ts";

/** Neither ours nor a floor. */
const isPeer = (name: string) => !/^(ours|raw)-/.test(name);
const TUNED: readonly ContestantName[] = ["agenda", "pulse", "sidequest", "mail-time", "mongodb-queue"];
const OTHERS: readonly ContestantName[] = [
  "agenda-often",
  "agenda-defaults",
  "pulse-often",
  "pulse-defaults",
  "sidequest-defaults",
  "mail-time-defaults",
  "mongodb-queue-1",
];

/** These store many jobs in one call, so that feeding them costs the server little. */
const FED: readonly ContestantName[] = ["raw-by-100", "raw-by-1", "mongodb-queue"];

/**
 * Drains no-op jobs until the store says that none is left; with --steady, measures processes that have worked for a while and are
 * fed, so that between half and all of --jobs wait.
 * Flags: --store mongo|sqlite, --processes N, --concurrency N, --jobs N (default 1000 on MongoDB: a deeper backlog is slow on the
 * embedded server for everybody; 20000 on SQLite), --peer-jobs N (the same unless given), --steady SECONDS, --rtt MS, --rounds N, --only a,b, --profile FOLDER (CPU profiles)
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      store: { type: "string", default: "mongo" },
      jobs: { type: "string" },
      "peer-jobs": { type: "string" },
      steady: { type: "string" },
      processes: { type: "string", default: "1" },
      concurrency: { type: "string", default: "20" },
      rtt: { type: "string", default: "0" },
      rounds: { type: "string", default: "3" },
      only: { type: "string" },
      profile: { type: "string" },
    },
  });
  const isMongo = values.store === "mongo";
  const ours = isMongo ? "ours-mongo" : "ours-sqlite";
  const seconds = values.steady === undefined ? undefined : Number(values.steady);
  const jobs = Number(values.jobs ?? (isMongo ? 1_000 : 20_000));
  const peerJobs = Number(values["peer-jobs"] ?? jobs);
  const processes = Number(values.processes);
  const concurrency = Number(values.concurrency);
  const peers = processes === 1 ? [...TUNED, ...OTHERS] : TUNED;
  const everyone: readonly ContestantName[] = isMongo
    ? [ours, ...(seconds === undefined ? (["raw-by-100", "raw-by-1", ...peers] as const) : FED)]
    : [
        ours,
        "raw-sqlite",
        ...(seconds === undefined ? (["delayed_job", "delayed_job-defaults"] as const) : []),
      ];
  const { names, node22 } = await present(parseNames(values.only, everyone));
  const places = placesOf(isMongo ? "mongo" : "sqlite", { roundTripMs: Number(values.rtt) });
  const roundTrip = isMongo ? `; a ping takes ${(await roundTripOf(places)).toFixed(1)} ms` : "";
  const alone = names.filter((name) => contestant(name).slots === 1);
  const what =
    seconds === undefined
      ? `${jobs} no-op jobs of 200 bytes (${peerJobs} for peers), from the word "work" until the store says that nothing is left; enqueueing not counted`
      : `no-op jobs of 200 bytes, ${jobs / 2} to ${jobs} of them waiting, for ${seconds} s after 2 s of the same; another process stores them meanwhile`;
  process.stdout.write(
    `${machine()}
work-off: ${what}
${processes} process(es) x ${concurrency}${alone.length > 0 ? ` (${alone.join(", ")}: x 1)` : ""}, on ${places.name}${roundTrip}${isMongo ? "; w: majority, j: true for ours and raw, the peers' own elsewhere" : ""}
`,
  );
  const setting = { processes, concurrency, node22, profile: values.profile };
  const results = await interleaved(names, Number(values.rounds), async (name) => {
    const place = await places.open();
    const one = contestant(name as ContestantName);
    const measuring =
      seconds === undefined
        ? runWorkOff(name, one, place, { ...setting, jobs: isPeer(name) ? peerJobs : jobs })
        : runSteady(name, one, place, { ...setting, depth: jobs, seconds });
    return measuring.finally(() => place.close());
  });
  printTable(results, ours);
  const rivals = names.filter(isPeer);
  const best = rivals.toSorted((a, b) => medianRate(results, b) - medianRate(results, a))[0];
  if (best !== undefined)
    process.stdout.write(
      `\nbest peer: ${best}; ours is ${ratios(results, ours, best)
        .map((ratio) => `${ratio.toFixed(1)}x`)
        .join(", ")} of it\n`,
    );
}
