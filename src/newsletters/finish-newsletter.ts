import type { Events } from "../events.ts";
import type { BroadcastLedger } from "./newsletter-store.ts";
import { broadcastProgress } from "./progress.ts";

export interface Finishing {
  readonly ledger: BroadcastLedger;
  readonly events: Events;
}

/** Finishes a send-out when nothing of it is left; exactly one of those that try tells so. */
export async function finishBroadcast(id: string, { ledger, events }: Finishing): Promise<void> {
  if (!(await ledger.finish(id))) return;
  const record = await ledger.find(id);
  if (record)
    events.emit("broadcast.finished", {
      id,
      key: record.key,
      progress: await broadcastProgress(ledger, record),
    });
}
