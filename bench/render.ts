import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import type { Kind } from "./rendering/mails.ts";
import { type Cost, measureRendering, type RenderMeasured, type RenderTask } from "./rendering/measure.ts";
import { median } from "./support/table.ts";

const SCRIPT = fileURLToPath(new URL("run.ts", import.meta.url));
const NAMES = ["ours", "plain", "by hand"] as const;
type Name = (typeof NAMES)[number];

/**
 * Makes mails as bytes: template, styles, text part, MIME. Ours; the plain way (Handlebars compiled once, then juice, html-to-text and
 * nodemailer's MailComposer for each mail); and the least that nodemailer can do, with styles and text prepared by hand.
 * Flags: --mails N (default 1000), --rounds N
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      mails: { type: "string", default: "1000" },
      rounds: { type: "string", default: "3" },
      /** What a process of its own is started with. */
      one: { type: "string" },
    },
  });
  const { one, rounds, mails } = values;
  if (one) process.stdout.write(`${JSON.stringify(await measureRendering(JSON.parse(one)))}\n`);
  else
    for (const kind of ["once", "each"] as const)
      for (const kilobytes of [5, 20]) {
        process.stdout.write(`\n${headOf(kind)}, about ${kilobytes} KB of html, ${mails} mails a run\n`);
        print(await interleaved({ kind, kilobytes, mails: Number(mails) }, Number(rounds)));
      }
}

function headOf(kind: Kind): string {
  return kind === "once" ? "styles that can be inlined once" : "styles that cannot be inlined once";
}

type Results = ReadonlyMap<Name, readonly RenderMeasured[]>;

/** All contenders, one after another, again and again: what disturbs the machine disturbs them all. */
async function interleaved(task: Omit<RenderTask, "name">, rounds: number): Promise<Results> {
  // A template that cannot be inlined once cannot be inlined by hand either.
  const names = NAMES.filter((name) => task.kind === "once" || name !== "by hand");
  const results = new Map<Name, RenderMeasured[]>(names.map((name) => [name, []]));
  for (let round = 1; round <= rounds; round++)
    for (const name of names) {
      const measured = await measureApart({ ...task, name });
      results.get(name)?.push(measured);
      process.stdout.write(
        `  round ${round}  ${name.padEnd(8)} ${measured.cpuMs.toFixed(3)} ms of CPU a mail\n`,
      );
    }
  return results;
}

/** In a process of its own, so that its memory is its own. */
async function measureApart(task: RenderTask): Promise<RenderMeasured> {
  const args = ["--import", "tsx", SCRIPT, "render", "--one", JSON.stringify(task)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as RenderMeasured;
}

function print(results: Results): void {
  const [own] = results.get("ours") ?? [];
  process.stdout.write(`\n${row(["", "ms", "cpu-s/1000", "MB", "html", "mail"])}   ours costs, in CPU\n`);
  for (const [name, runs] of results) {
    const middle = (pick: (measured: RenderMeasured) => number) => median(runs.map(pick));
    const cells = [middle(({ ms }) => ms).toFixed(3), middle(({ cpuMs }) => cpuMs).toFixed(3)];
    const sizes = [
      ({ rssMb }: RenderMeasured) => rssMb,
      kb(({ htmlBytes }) => htmlBytes),
      kb(({ emlBytes }) => emlBytes),
    ];
    process.stdout.write(
      `${row([name, ...cells, ...sizes.map((pick) => middle(pick).toFixed(0))])}   ${ratios(results, name)}\n`,
    );
    for (const part of Object.keys(runs[0]?.parts ?? {})) {
      const of = (pick: (cost: Cost) => number) => middle(({ parts }) => pick(parts[part]!)).toFixed(3);
      process.stdout.write(`${row([`  ${part}`, of(({ ms }) => ms), of(({ cpuMs }) => cpuMs)])}\n`);
    }
  }
  if (own?.reason) process.stdout.write(`\nwhy: ${own.reason}\n`);
}

const kb = (pick: (measured: RenderMeasured) => number) => (measured: RenderMeasured) =>
  pick(measured) / 1024;

function row([first = "", ...cells]: readonly string[]): string {
  return first.padEnd(14) + cells.map((cell) => cell.padStart(11)).join("");
}

/** Of ours to another, round by round: less than 1 is better than the other. */
function ratios(results: Results, other: Name): string {
  if (other === "ours") return "";
  const others = results.get(other) ?? [];
  const each = (results.get("ours") ?? []).map(
    ({ cpuMs }, round) => cpuMs / (others[round]?.cpuMs ?? Number.NaN),
  );
  return `${median(each).toFixed(2)}x (${each.map((ratio) => ratio.toFixed(2)).join(", ")})`;
}
