import type { Reporter, TestCase, TestModule } from "vitest/node";
import { onPath } from "./mongo-server.ts";

const WITHOUT_REASON = "left out by a filter, or marked to be skipped without a reason";

/** What no test of the suite does, and the command that does. */
const BY_COMMANDS = [
  ["npm run further-checks", "what CI runs after it: some of those below, as far as its time reaches"],
  ["npm run conformance", "real mail servers: Postfix, Exim, OpenSMTPD"],
  ["npm run differential", "inlined styles beside those of Chromium"],
  ["npm run stress", "everything around the queue broken for minutes"],
  ["npm run bench", "speed"],
  ["npm run on-node -- 26", "the suite on another Node"],
  ["npm run package-matrix", "the packed package in fresh projects"],
] as const;

/** Says at the end of a run which tests it left out and why, and what is run by commands of its own. */
export class LeftOutReporter implements Reporter {
  readonly #write: (text: string) => void;

  /** @param write where to. @default standard output */
  constructor({ write }: { readonly write?: (text: string) => void } = {}) {
    this.#write = write ?? ((text) => void process.stdout.write(text));
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const all = modules.flatMap((module) => [...module.children.allTests()]);
    this.#write(secondTries(all) + leftOut(all.filter((test) => test.result().state === "skipped")));
  }
}

/** Which tests passed at their second try alone, and what the first one said: each is a fault, of the test or of what it tests. Exported for its test. */
export function secondTries(
  tests: readonly {
    readonly fullName: string;
    readonly module: { readonly relativeModuleId: string };
    readonly diagnostic: () => { readonly flaky: boolean } | undefined;
    readonly result: () => { readonly errors?: readonly { readonly message: string }[] | undefined };
  }[],
): string {
  const flaky = tests.filter((test) => test.diagnostic()?.flaky);
  if (flaky.length === 0) return "";
  const lines = flaky.flatMap((test) => [
    `   ${test.module.relativeModuleId} > ${test.fullName}`,
    ...(test.result().errors ?? []).slice(0, 1).map(({ message }) => `     ${message.split("\n")[0]}`),
  ]);
  return `\n Failed at first, passed at the second try: look into each\n${lines.map((line) => `${line}\n`).join("")}\n`;
}

/** Exported for its test. */
export function leftOut(skipped: readonly Pick<TestCase, "fullName" | "result">[]): string {
  const counts = new Map<string, number>();
  for (const reason of skipped.map(reasonOf)) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const tests = [...counts].map(([reason, count]) => `${counted(count)}: ${reason}`);
  const commands = BY_COMMANDS.map(([command, what]) => `${command.padEnd(24)} ${what}`);
  const lines = [...tests, ...standIns(), ...commands];
  return `\n Not run here\n${lines.map((line) => `   ${line}\n`).join("")}\n`;
}

function reasonOf(test: Pick<TestCase, "result">): string {
  const result = test.result();
  return (result.state === "skipped" && result.note) || WITHOUT_REASON;
}

function counted(tests: number): string {
  return tests === 1 ? "1 test" : `${tests} tests`;
}

function standIns(): readonly string[] {
  const isReal = process.env.MONGODB_URI !== undefined || onPath("mongod") !== undefined;
  return isReal
    ? []
    : ["a real mongod: none is on the PATH and MONGODB_URI is not set; SecantusDB stands in"];
}
