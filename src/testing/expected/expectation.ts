import { InvalidOptionsError } from "../../errors/errors.ts";
import { type CapturedCall, checkedHandler } from "../fake/mailer-calls.ts";
import { differences } from "./differences.ts";
import { cut, isPlain, show } from "./show.ts";

/** A mail or a queued call that a test asks for. */
export interface Expectation<T> {
  /** The name of the mailer or the job. */
  readonly handler: string;
  readonly action: string;
  /** Absent where any will do. */
  readonly args?: readonly unknown[];
  /** How often; absent where at least once. */
  readonly times?: number;
  /** What is asked for beside the call, one line each. */
  readonly conditions: readonly string[];
  /** How one of this action differs, one line each. */
  readonly differences: (item: T & CapturedCall) => readonly string[];
}

/** Compares a mail, or a queued call, with what a test expects of its fields. */
export interface FieldMatcher<T> {
  readonly fields: readonly string[];
  readonly differences: (expected: Readonly<Record<string, unknown>>, item: T) => readonly string[];
}

/**
 * Reads the arguments of an assertion: a mailer or a job, its action, maybe a list of arguments, maybe what the mail is to be like.
 * @throws InvalidOptionsError naming what would otherwise make an assertion hold, or fail, for ever
 */
export function readExpectation<T>(
  caller: string,
  [called, action, ...rest]: readonly unknown[],
  matcher: FieldMatcher<T>,
): Expectation<T> {
  const name = checkedHandler(caller, called, action);
  const [args, expected, ...surplus] = Array.isArray(rest[0]) ? rest : [undefined, ...rest];
  if (surplus.length > 0) throw new InvalidOptionsError(caller, ["it has more arguments than it takes"]);
  const call = { handler: name, action: String(action), ...(Array.isArray(args) && { args }) };
  const differencesOfArgs = ({ args: found }: CapturedCall) =>
    call.args === undefined ? [] : differences(call.args, found, "args");
  const { times, conditions, check } = readExpected(caller, expected, matcher);
  return {
    ...call,
    ...(times !== undefined && { times }),
    conditions,
    differences: (item) => [...differencesOfArgs(item), ...check(item)],
  };
}

interface Expected<T> {
  readonly times?: number;
  readonly conditions: readonly string[];
  readonly check: (item: T & CapturedCall) => readonly string[];
}

function readExpected<T>(caller: string, expected: unknown, matcher: FieldMatcher<T>): Expected<T> {
  if (expected === undefined) return { conditions: [], check: () => [] };
  if (typeof expected === "function")
    return {
      conditions: [`for which ${show(expected)}`],
      check: (item) => ask(caller, () => Reflect.apply(expected, undefined, [item])),
    };
  if (typeof expected !== "object" || expected === null || !isPlain(expected))
    throw new InvalidOptionsError(caller, [
      `after the action must come a list of its arguments, and an object or a function about the rest, not ${show(expected)}`,
    ]);
  const { times, params, ...said }: Readonly<Record<string, unknown>> = { ...expected };
  checkFields(caller, expected, [...matcher.fields, "params", "times"]);
  return {
    ...(times !== undefined && { times: checkedTimes(caller, times) }),
    conditions: Object.entries(expected).flatMap(([field, value]) =>
      field === "times" ? [] : [`${field}: ${show(value)}`],
    ),
    check: (item) => [
      ...(params === undefined ? [] : differences(params, item.params, "params", { partial: true })),
      ...matcher.differences(said, item),
    ],
  };
}

/** @throws InvalidOptionsError because nothing would be asked about what is misspelt, or undefined by mistake */
export function checkFields(caller: string, said: object, known: readonly string[]): void {
  const unknown = Object.keys(said).filter((field) => !known.includes(field));
  if (unknown.length > 0)
    throw new InvalidOptionsError(caller, [
      `it knows no ${unknown.join(", ")}; it knows ${known.join(", ")}`,
    ]);
  const [missing] = Object.entries(said).find(([, value]) => value === undefined) ?? [];
  if (missing === undefined) return;
  throw new InvalidOptionsError(caller, [`${missing}: is undefined; leave it out where anything will do`]);
}

function checkedTimes(caller: string, times: unknown): number {
  if (typeof times === "number" && Number.isInteger(times) && times >= 0) return times;
  throw new InvalidOptionsError(caller, ["times: must be a number from 0 up"]);
}

/** @throws InvalidOptionsError because what a promise resolves to, or a forgotten `return`, would count as true or false */
function ask(caller: string, accepts: () => unknown): readonly string[] {
  let answer: unknown;
  try {
    answer = accepts();
  } catch (error) {
    return [`the function threw ${cut(String(error).replace(/\s+/g, " "), 200)}`];
  }
  if (typeof answer === "boolean") return answer ? [] : ["the function gives false"];
  const given = answer instanceof Promise ? "a promise" : show(answer);
  throw new InvalidOptionsError(caller, [`its function must give true or false, and gives ${given}`]);
}
