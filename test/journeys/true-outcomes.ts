import { expect } from "vitest";
import { Job, type Newsletter } from "../../src/index.ts";
import type { RecipientOutcome } from "../../src/newsletters/outcome.ts";
import { recipientsOf } from "../../stress/newsletters/stored-newsletters.ts";
import { eventually } from "../support/eventually.ts";
import type { Journey } from "./journey.ts";

/** What a worker has connections for when nobody says anything: so many mails may be on the wire when it, or its server, goes away. */
export const CONNECTIONS = 5;

export function people(count: number): readonly { readonly email: string; readonly name: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    email: `u${index}@example.com`,
    name: `Reader ${index}`,
  }));
}

/** Waits until everybody has an outcome, and nothing is left to do. */
export async function finished(newsletter: Newsletter): Promise<void> {
  const isFinished = async () => {
    const left = (await Job.ready().count()) + (await Job.running().count());
    return left === 0 && (await newsletter.progress()).state === "finished";
  };
  await eventually(`the newsletter ${newsletter.key} is finished`, isFinished);
}

/**
 * Asserts of every recipient that the ledger says of him what the mail server took: he is sent to and has it, or has another outcome, the
 * expected one, and has nothing.
 * @param exceptions the outcomes of those who are not to get it
 * @returns how many second copies there are
 */
export async function expectTrueOutcomes(
  { app, smtp }: Pick<Journey, "app" | "smtp">,
  { id }: Newsletter,
  exceptions: Readonly<Record<string, RecipientOutcome>> = {},
): Promise<number> {
  const recipients = await recipientsOf(id, app.stores.ledger);
  const taken = smtp.messages.map(({ envelope }) => envelope.to[0] ?? "");
  const copies = new Map<string, number>();
  for (const recipient of taken) copies.set(recipient, (copies.get(recipient) ?? 0) + 1);
  const wrong = recipients.flatMap(({ recipient, outcome }) => {
    const expected = exceptions[recipient] ?? "sent";
    const has = copies.get(recipient) ?? 0;
    const isTrue = outcome === expected && has > 0 === (outcome === "sent");
    return isTrue ? [] : [{ recipient, outcome, expected, copies: has }];
  });
  expect(wrong).toEqual([]);
  const own = new Set(recipients.map(({ recipient }) => recipient));
  const theirs = taken.filter((recipient) => own.has(recipient)).length;
  return theirs - new Set(taken.filter((recipient) => own.has(recipient))).size;
}
