import type { Outcome } from "../../transports/transport.ts";

/** What is known of a mail that was made and not sent. */
export interface MadeMail {
  readonly bytes: number;
  /** To make it. */
  readonly ms: number;
}

/** Makes a mail of a rehearsal, and says in its answer how long that took. */
export async function rehearsed(make: () => Promise<Outcome>): Promise<Outcome> {
  const startedAt = performance.now();
  const outcome = await make();
  const ms = performance.now() - startedAt;
  return { ...outcome, response: `would be sent: ${outcome.response}, made in ${ms.toFixed(2)} ms` };
}

/** Reads such an answer. */
export function madeMailOf(response: string): MadeMail | undefined {
  const [, bytes, ms] = /^would be sent: (\d+) bytes, made in ([\d.]+) ms$/.exec(response) ?? [];
  return bytes === undefined ? undefined : { bytes: Number(bytes), ms: Number(ms) };
}
