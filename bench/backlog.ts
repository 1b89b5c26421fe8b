import { parseArgs } from "node:util";
import { type ContestantName, contestant } from "./support/contestants.ts";
import { machine } from "./support/machine.ts";
import { placesOf } from "./support/places.ts";
import { present } from "./support/present.ts";
import { interleaved } from "./support/rounds.ts";
import { printTable, ratios } from "./support/table.ts";
import { runWorkOff } from "./support/work-off-run.ts";

/**
 * Drains no-op jobs while so many failed jobs are kept, so many wait for next year, and so many of a better priority wait for the next
 * hour, all in the same queue; against the same store without them.
 * Flags: --store mongo|sqlite (default sqlite), --backlog N of each kind (default 100000), --jobs N (default 20000 on SQLite, 1000 on
 * MongoDB), --rounds N, --peer-jobs N (delayed_job with the same backlog, on SQLite; default 200, 0 leaves it out), --profile FOLDER
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      store: { type: "string", default: "sqlite" },
      backlog: { type: "string", default: "100000" },
      jobs: { type: "string" },
      rounds: { type: "string", default: "3" },
      "peer-jobs": { type: "string", default: "200" },
      profile: { type: "string" },
    },
  });
  const isMongo = values.store === "mongo";
  const backlog = Number(values.backlog);
  const jobs = Number(values.jobs ?? (isMongo ? 1_000 : 20_000));
  const peerJobs = isMongo ? 0 : Number(values["peer-jobs"]);
  const ours: ContestantName = isMongo ? "ours-mongo" : "ours-sqlite";
  const { names } = await present(peerJobs > 0 ? [ours, "delayed_job"] : [ours]);
  const places = placesOf(isMongo ? "mongo" : "sqlite");
  process.stdout.write(
    `${machine()}\nbacklog: ${jobs} no-op jobs of 200 bytes (delayed_job: ${peerJobs}), 1 process x 20 (delayed_job x 1), on ${places.name};
beside ${backlog} failed, ${backlog} due in a year, ${backlog} of ten better priorities due in an hour; measured as work-off is\n`,
  );
  const lines = new Map(
    names.flatMap((name) =>
      [0, backlog].map((each) => [each === 0 ? `${name}, empty` : `${name}, backlog`, { name, each }]),
    ),
  );
  const results = await interleaved([...lines.keys()], Number(values.rounds), async (line) => {
    const { name, each } = lines.get(line) ?? { name: ours, each: 0 };
    const place = await places.open();
    return runWorkOff(line, contestant(name), place, {
      jobs: name === ours ? jobs : peerJobs,
      processes: 1,
      concurrency: 20,
      backlog: each,
      node22: undefined,
      profile: values.profile,
    }).finally(() => place.close());
  });
  printTable(results, `${ours}, backlog`);
  for (const name of names)
    process.stdout.write(
      `${name} with the backlog: ${ratios(results, `${name}, backlog`, `${name}, empty`)
        .map((ratio) => `${(ratio * 100).toFixed(0)} %`)
        .join(", ")} of its rate without\n`,
    );
}
