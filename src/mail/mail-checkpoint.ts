import { z } from "zod";

/** What a mail's job keeps between attempts. */
export interface MailCheckpoint {
  /** Who has the mail already. */
  readonly accepted: readonly string[];
  /** Whether an attempt ended without anybody knowing whether the server took it. */
  readonly mayHaveBeenTaken?: boolean | undefined;
  /** What its action saved. */
  readonly own?: unknown;
}

const schema = z.object({
  accepted: z.array(z.string()).default([]),
  mayHaveBeenTaken: z.boolean().optional(),
  own: z.unknown().optional(),
});

/** What is no checkpoint of a mail says nothing: the mail is made anew, for everybody. */
export function readMailCheckpoint(stored: unknown): MailCheckpoint {
  return schema.safeParse(stored).data ?? { accepted: [] };
}
