import { type OneMailMatchers, oneMailMatchers } from "./one-mail-matchers.ts";
import { type OutboxMatchers, outboxMatchers } from "./outbox-matchers.ts";

/** What `mailMatchers` adds to `expect()`. @param R what a matcher gives back, which is the runner's to say */
export interface MailMatchers<R> extends OneMailMatchers<R>, OutboxMatchers<R> {}

/**
 * Matchers for Vitest and Jest. Taken from "delayed-mailer/testing/vitest" or ".../jest", `expect()` has their types too.
 * @example expect.extend(mailMatchers);
 */
export const mailMatchers = { ...oneMailMatchers, ...outboxMatchers };
