import { AssertionError } from "node:assert/strict";
import type { Verdict } from "./judgement.ts";

interface CheckOptions {
  readonly wanted: boolean;
  /** The function that a user called: the stack begins at that call. */
  readonly caller: (...args: never[]) => unknown;
}

/** @throws AssertionError unless the verdict is the wanted one */
export function check({ pass, message }: Verdict, { wanted, caller }: CheckOptions): void {
  if (pass !== wanted) throw failure(message(), caller);
}

/** What `assert.fail()` throws: for other operators Jest would print two values to compare, and there are none. */
export function failure(message: string, caller: CheckOptions["caller"]): AssertionError {
  return new AssertionError({ message, operator: "fail", stackStartFn: caller });
}
