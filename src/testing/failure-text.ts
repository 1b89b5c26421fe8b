import { callName } from "../jobs/handler.ts";
import type { Expectation } from "./expected/expectation.ts";
import { cut, show } from "./expected/show.ts";

/** What mails and queued calls are called. */
export interface Wording {
  /** "this mail to be sent" */
  readonly wanted: string;
  /** "this mail not to be sent" */
  readonly unwanted: string;
  /** "2 mails were sent" */
  readonly captured: (count: number) => string;
}

/** Everything a person needs who has to find out why a test failed. */
export interface Account {
  readonly expectation: Pick<Expectation<never>, "handler" | "action" | "args" | "times" | "conditions">;
  /** Of everything that was captured. */
  readonly lines: readonly string[];
  /** How each of them differs from what was expected; absent where it is of another action. */
  readonly found: readonly (readonly string[] | undefined)[];
  readonly wording: Wording;
  readonly hints: readonly string[];
}

const MAX_LINES = 20;
const MAX_DIFFERENCES = 20;
const MAX_CALL = 400;

/** The message of a failed assertion: what was expected, what was captured, and how the nearest of that differs. */
export function failureText(account: Account, { wanted }: { readonly wanted: boolean }): string {
  const { lines, wording, hints } = account;
  const parts = [
    wanted ? wantedText(account) : [`Expected ${wording.unwanted}:`, ...expectedLines(account)].join("\n"),
    listing(wording.captured(lines.length), lines),
    fittingText(account),
    wanted ? nearestText(account) : "",
    hints.join("\n"),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** What was captured, numbered. */
export function listing(heading: string, lines: readonly string[]): string {
  if (lines.length === 0) return `${heading}.`;
  const more = lines.length > MAX_LINES ? [`  … and ${lines.length - MAX_LINES} more`] : [];
  const shown = lines.slice(0, MAX_LINES).map((line, index) => `  ${index + 1}. ${line}`);
  return [`${heading}:`, ...shown, ...more].join("\n");
}

function wantedText(account: Account): string {
  const { wording, expectation, found } = account;
  const { times } = expectation;
  const fitting = found.filter(fits).length;
  const often = times === undefined ? "" : ` ${howOften(times)}, and it was ${howOften(fitting)}`;
  return [`Expected ${wording.wanted}${often}:`, ...expectedLines(account)].join("\n");
}

function expectedLines({ expectation: { handler, action, args, conditions } }: Account): readonly string[] {
  const list = args === undefined ? "" : `(${args.map((arg) => show(arg)).join(", ")})`;
  return [
    `  ${cut(`${callName(handler, action)}${list}`, MAX_CALL)}`,
    ...conditions.map((condition) => `    ${cut(condition, MAX_CALL)}`),
  ];
}

/** Which of those that were captured are what was asked for. */
function fittingText({ found }: Account): string {
  const numbers = found.flatMap((differences, index) => (fits(differences) ? [index + 1] : []));
  if (numbers.length === 0) return "";
  return numbers.length === 1 ? `That is ${numbers[0]}.` : `Those are ${enumerate(numbers)}.`;
}

/** The first of those that differ least. */
function nearestText({ expectation, lines, found }: Account): string {
  const { handler, action, times } = expectation;
  const others = found.flatMap((differences = [], index) =>
    differences.length > 0 ? [{ index, differences }] : [],
  );
  const fitting = found.filter(fits).length;
  if (times !== undefined && fitting > times) return "";
  const [first, ...rest] = others;
  if (first === undefined)
    return fitting > 0 || lines.length === 0 ? "" : `None of them is of ${callName(handler, action)}.`;
  const nearest = rest.reduce(
    (best, other) => (other.differences.length < best.differences.length ? other : best),
    first,
  );
  return [nearestHeading(nearest.index, lines, fitting > 0), ...shorten(nearest.differences)].join("\n");
}

function nearestHeading(index: number, lines: readonly string[], isOther: boolean): string {
  const which = isOther ? "The nearest of the others" : "The nearest";
  const line = index < MAX_LINES ? "" : `, ${lines[index]}`;
  return `${which} is ${index + 1}${line}, but for:`;
}

function shorten(differences: readonly string[]): readonly string[] {
  const shown = differences.slice(0, MAX_DIFFERENCES).map((difference) => `  ${difference}`);
  const more = differences.length - shown.length;
  return more > 0 ? [...shown, `  … and ${more} more`] : shown;
}

function fits(differences: readonly string[] | undefined): boolean {
  return differences?.length === 0;
}

export function howOften(times: number): string {
  if (times === 0) return "not at all";
  if (times === 1) return "once";
  return times === 2 ? "twice" : `${times} times`;
}

function enumerate(numbers: readonly number[]): string {
  const shown = numbers.slice(0, MAX_LINES);
  const more = numbers.length - shown.length;
  const last = more > 0 ? `${more} more` : String(shown.at(-1));
  return `${shown.slice(0, more > 0 ? undefined : -1).join(", ")} and ${last}`;
}
