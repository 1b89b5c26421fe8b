import type { RecipientOutcome } from "../../src/newsletters/outcome.ts";
import type { Entry, EntryOf } from "../ledger.ts";
import { peopleOf, type RowKind, rowKindOf } from "../newsletters/issue.ts";
import type { StoredNewsletter, StoredRecipient } from "../newsletters/stored-newsletters.ts";
import { grouped, of } from "./entries.ts";

/** Everything that is known of one recipient of one newsletter. */
export interface RecipientHistory {
  readonly recipient: string;
  readonly kind: RowKind | undefined;
  /** The chunks he is in: one, as it should be. */
  readonly chunks: readonly string[];
  /** Undefined when the store does not know him. */
  readonly outcome: RecipientOutcome | undefined;
  /** What the mail server took for him, in the order of time. */
  readonly copies: readonly EntryOf<"taken">[];
}

export interface NewsletterHistory {
  readonly key: string;
  /** Whoever planned it was told that it is planned. */
  readonly isPlanned: boolean;
  /** Undefined when the store does not know it. */
  readonly state: StoredNewsletter["state"] | undefined;
  /** Those of its audience, and whoever else the store has or the mail server was given. */
  readonly recipients: readonly RecipientHistory[];
}

/** What the audience was, what the store says, and what the mail server took, by newsletter and recipient. */
export function newslettersIn(
  entries: readonly Entry[],
  stored: readonly StoredNewsletter[],
): readonly NewsletterHistory[] {
  const copies = grouped(of(entries, "taken"), ({ recipient }) => recipient.toLowerCase());
  const planned = new Set(of(entries, "planned").map(({ key }) => key));
  const byKey = new Map(stored.map((each) => [each.key, each]));
  return of(entries, "announced").map((announced) => {
    const { key } = announced;
    const found = byKey.get(key);
    const known = grouped(found?.recipients ?? [], ({ recipient }) => recipient);
    const names = new Set([...peopleOf(announced).keys(), ...known.keys()]);
    const recipients = [...names].map((recipient) =>
      recipientOf(recipient, known.get(recipient) ?? [], copies.get(recipient) ?? []),
    );
    return { key, isPlanned: planned.has(key), state: found?.state, recipients };
  });
}

function recipientOf(
  recipient: string,
  places: readonly StoredRecipient[],
  copies: readonly EntryOf<"taken">[],
): RecipientHistory {
  return {
    recipient,
    kind: rowKindOf(recipient),
    chunks: places.map(({ chunk }) => chunk),
    outcome: places[0]?.outcome,
    copies,
  };
}
