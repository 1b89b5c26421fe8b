import type { EntryOf } from "../ledger.ts";
import type { History } from "./history.ts";

/** The mail server writes a mail down and answers at once: one that was broken off so soon after may not have answered, in ms. */
const ANSWERED_AFTER_MS = 20;

/** Whether the client surely had an answer to a mail that was taken: else nobody can tell it that it was (RFC 1047). */
export function wasAnswered({ at, pid, dropped }: EntryOf<"taken">, history: History): boolean {
  if (dropped) return false;
  const died = history.deaths.get(pid) ?? Number.POSITIVE_INFINITY;
  return ![died, ...history.hangUps].some((end) => end >= at && end <= at + ANSWERED_AFTER_MS);
}
