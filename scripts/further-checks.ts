import { parseArgs } from "node:util";
import { type Check, runChecks } from "./further-checks/run-checks.ts";

/**
 * `npm run further-checks -- --within SECONDS [--suite-took SECONDS]`: what `npm test` leaves out, as far as the time reaches: real mail
 * servers, the newest Node, Chromium's view of inlined styles. At its end it says of each check whether it passed. A check for which the
 * time, or the machine, does not serve is named and fails nothing. Exit code: 1 when one failed, else 0.
 */
const NEWEST = "26";
/** How long the suite takes on the machine on which `takes` was measured, in s. */
const USUAL_SUITE = 900;

const onNewest = (command: string) => `npm run -s on-node -- ${NEWEST} ${command}`;
const vitest = (...files: string[]) => `npx vitest run --typecheck.enabled=false ${files.join(" ")}`;

const CHECKS: readonly Check[] = [
  { name: "real mail servers", command: "npm run -s conformance -- --where-possible", takes: 60 },
  {
    name: `the package in fresh projects, on Node ${NEWEST}`,
    command: onNewest(vitest("test/package.test.ts")),
    takes: 180,
  },
  { name: `the demo, on Node ${NEWEST}`, command: onNewest("npm run -s demo"), takes: 45 },
  {
    name: `contracts of both stores, on Node ${NEWEST}`,
    command: onNewest(vitest("test/stores/mongo.test.ts", "test/stores/sqlite", "test/stores/rates.test.ts")),
    takes: 120,
  },
  { name: `journeys, on Node ${NEWEST}`, command: onNewest(vitest("test/journeys")), takes: 330 },
  { name: "inlined styles beside Chromium's", command: "npm run -s differential -- 60", takes: 150 },
];

const { values } = parseArgs({
  options: { within: { type: "string", default: "3600" }, "suite-took": { type: "string" } },
});
const slowness = Number(values["suite-took"] ?? USUAL_SUITE) / USUAL_SUITE;
const reports = await runChecks(CHECKS, { within: Number(values.within), slowness });
process.stdout.write("\nFurther checks\n");
for (const { name, result, took } of reports)
  process.stdout.write(`  ${result.padEnd(18)} ${took.toFixed(0).padStart(4)} s  ${name}\n`);
process.exitCode = reports.some(({ result }) => result === "failed") ? 1 : 0;
