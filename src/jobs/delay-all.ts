import { InvalidOptionsError } from "../errors/errors.ts";
import { application } from "./application.ts";
import type { DelayOptions } from "./delay-options.ts";
import { type DelayableCall, isDelayableCall } from "./delayable-call.ts";
import type { Job } from "./job.ts";

/**
 * Stores many calls in one write: messages, calls of jobs and of records' methods, mixed as you like. Nothing is stored when one of them
 * does not pass.
 * @throws InvalidOptionsError when something in it is no call
 * @example await delayAll(images.map(({ id }) => ResizeImage.call(id, 640)), { queue: "images" });
 */
export async function delayAll(
  calls: Iterable<DelayableCall>,
  options: Omit<DelayOptions, "uniqueKey"> = {},
): Promise<readonly Job[]> {
  const requests = Array.from(calls, (call) => ({ call: checkedCall(call), options }));
  return requests.length === 0 ? [] : (await application()).post(requests);
}

/** @throws InvalidOptionsError */
export function checkedCall(call: unknown, where = "delayAll"): DelayableCall {
  if (isDelayableCall(call)) return call;
  throw new InvalidOptionsError(where, [
    "it takes calls, such as ResizeImage.call(7) and UserMailer.welcome(email)",
  ]);
}
