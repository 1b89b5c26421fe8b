import { broken } from "./outcome.ts";
import type { Turn } from "./rates/rate-limiter.ts";
import type { Outcome } from "./transport.ts";

const ABORTED = "The send was aborted while it waited for its turn";

/** What it means for a mail that it got no turn. @param reason where there will be one later */
export function refusedTurn(turn: Exclude<Turn, { readonly kind: "go" }>, reason: string): Outcome {
  if (turn.kind === "aborted") return broken("before-dot", ABORTED);
  const { retryAfter, error } = turn;
  const asked = error instanceof Error ? `, which cannot be asked for: ${error.message}` : "";
  const response = `${reason}${asked}`;
  return { class: "throttled", response, accepted: [], refused: [], retryAfter, ownLimit: true };
}
