import { type Account, failureText, type Wording } from "../failure-text.ts";
import { type CapturedCall, handlerOf } from "../fake/mailer-calls.ts";
import type { Expectation } from "./expectation.ts";

/** Whether what was asked for is there, and what to say to somebody who wanted it the other way round. */
export interface Verdict {
  readonly pass: boolean;
  readonly message: () => string;
}

export interface Captured<T> extends Wording {
  readonly items: readonly (T & CapturedCall)[];
  readonly lineOf: (item: T) => string;
  /** Where else what was asked for may be, one line each. */
  readonly hints: () => readonly string[];
}

/** Looks for what a test asks for among what was captured. */
export function judge<T>(expectation: Expectation<T>, captured: Captured<T>): Verdict {
  const { handler, action, times } = expectation;
  const found = captured.items.map((item) =>
    handlerOf(item) === handler && item.action === action ? expectation.differences(item) : undefined,
  );
  const fitting = found.filter((differences) => differences?.length === 0).length;
  const pass = times === undefined ? fitting > 0 : fitting === times;
  const account = (): Account => ({
    expectation,
    lines: captured.items.map((item) => captured.lineOf(item)),
    found,
    wording: captured,
    hints: fitting < (times ?? 1) ? captured.hints() : [],
  });
  return { pass, message: () => failureText(account(), { wanted: !pass }) };
}
