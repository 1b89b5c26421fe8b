import type { App } from "../../app/app.ts";

/** The mails that newsletters in the store were made of, as `Mailer.action`; none where the store cannot tell. */
export async function sentAsNewsletter({ stores }: App): Promise<ReadonlySet<string>> {
  const newsletters = await stores.ledger.list().catch(() => []);
  return new Set(newsletters.map(({ handler, action }) => `${handler}.${action}`));
}
