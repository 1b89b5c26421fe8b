// Installs the packed package into fresh empty projects, in twelve ways that people have it, and goes with each to the first mail.
// `npm run package-matrix`, or with `-- --rows 1,4` for some of the rows, `--keep` to keep the projects, `--ignore-scripts` to install as
// those do who let packages run nothing.

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { printTable } from "../src/cli/output.ts";
import { databaseUri, startMongoServer } from "../test/support/mongo-server.ts";
import { ROWS } from "./package-matrix/rows.ts";
import { type RowResult, runRow } from "./package-matrix/run-row.ts";

const run = promisify(execFile);
const terminal = { out: process.stdout, err: process.stderr };
const STEPS = ["install", "init", "first mail", "SQLite", "MongoDB", "test"];

const { values } = parseArgs({
  options: { rows: { type: "string" }, keep: { type: "boolean" }, "ignore-scripts": { type: "boolean" } },
});
const ignoreScripts = values["ignore-scripts"] === true;
const wanted = values.rows?.split(",").map(Number) ?? ROWS.map((_, index) => index + 1);

const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-matrix-"));
const server = await startMongoServer();
try {
  const results = await runAll(await pack());
  const head = ["ROW", "NODE", "WITH", "LANGUAGE", "MODULES", "MONGOOSE", ...STEPS.map(inCapitals), "RESULT"];
  printTable(terminal, head, results.map(cells));
  process.exitCode = results.every(({ reasons }) => reasons.length === 0) ? 0 : 1;
} finally {
  await server.close();
  if (values.keep) process.stderr.write(`The projects are in ${folder}.\n`);
  else rmSync(folder, { recursive: true, force: true });
}

async function pack(): Promise<string> {
  await run("npm", ["pack", "--pack-destination", folder]);
  const [tarball = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  return join(folder, tarball);
}

/** One after the other: several at once would be measured while they wait for each other. */
async function runAll(tarball: string): Promise<readonly RowResult[]> {
  const results: RowResult[] = [];
  for (const number of wanted) {
    const row = ROWS[number - 1];
    if (row === undefined) throw new Error(`There is no row ${number}: there are ${ROWS.length}.`);
    const own = join(folder, `row-${number}`);
    mkdirSync(own);
    const mongodbUri = databaseUri(server.uri, `matrix_${process.pid}_${number}`);
    const result = await runRow({ row, folder: own, tarball, mongodbUri, ignoreScripts });
    process.stderr.write(`row ${number}: ${result.reasons.join(" | ") || "ok"}\n`);
    results.push(result);
  }
  return results;
}

function cells({ row, times, reasons }: RowResult, index: number): readonly string[] {
  const { node, manager, language, modules, mongoose } = row;
  const seconds = STEPS.map((step) =>
    times[step] === undefined ? "" : `${(times[step] / 1000).toFixed(1)} s`,
  );
  return [
    String(wanted[index]),
    node,
    manager,
    language,
    modules,
    mongoose,
    ...seconds,
    reasons.join(" | ") || "ok",
  ];
}

function inCapitals(step: string): string {
  return step.toUpperCase();
}
