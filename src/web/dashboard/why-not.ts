import type { NewsletterOutcome } from "../../jobs/newsletter.ts";
import { lookAtFirst } from "../../newsletters/first-outcomes.ts";
import { Tally } from "../../tally.ts";
import { knownProvider } from "../../transports/providers/known-providers.ts";
import { domainOf } from "../../transports/providers/provider-directory.ts";
import { T } from "../texts.ts";

/** Why recipients did not get a newsletter. */
export interface WhyNot {
  /** The most frequent first. */
  readonly reasons: readonly { readonly reason: string; readonly count: number }[];
  /** Whose mail servers they are with, the most frequent first; small providers are one. */
  readonly providers: readonly { readonly provider: string; readonly count: number }[];
  /** Of how many recipients and rows. */
  readonly failed: number;
  /** Whether those are all. */
  readonly isWhole: boolean;
}

/** Of reasons and of providers. */
const SHOWN = 8;
/** Who has the mail, or is still to get it. */
const NO_FAILURE: ReadonlySet<NewsletterOutcome["outcome"]> = new Set(["pending", "sent", "rehearsed"]);

/** @param most so many outcomes are looked at */
export async function reasonsIn(outcomes: AsyncIterable<NewsletterOutcome>, most: number): Promise<WhyNot> {
  const [reasons, providers] = [new Tally(), new Tally()];
  let failed = 0;
  const { isWhole } = await lookAtFirst(outcomes, most, (outcome) => {
    if (NO_FAILURE.has(outcome.outcome)) return;
    reasons.add(reasonOf(outcome));
    if (outcome.outcome !== "refused") providers.add(providerOf(outcome.recipient));
    failed += 1;
  });
  return {
    reasons: reasons.sorted.slice(0, SHOWN).map(({ name, count }) => ({ reason: name, count })),
    providers: providers.sorted.slice(0, SHOWN).map(({ name, count }) => ({ provider: name, count })),
    failed,
    isWhole,
  };
}

/** Small providers have no names here: a domain of its own may be somebody's name. */
function providerOf(recipient: string): string {
  return knownProvider(domainOf(recipient).toLowerCase()) ?? T.otherProviders;
}

/** What failures are counted by: what the server said, without what is in it of one recipient. */
function reasonOf({ outcome, code, response }: NewsletterOutcome): string {
  const words = response
    .replace(/(?<!\S)\S[^\s@]*@\S+/g, "[address]")
    .replace(/\s+/g, " ")
    .slice(0, 160);
  return `${shownOutcome(outcome)}: ${code === undefined || words.startsWith(String(code)) ? "" : `${code} `}${words}`;
}

/** As the figures name it; a row that was left out is no outcome of a recipient. */
function shownOutcome(outcome: NewsletterOutcome["outcome"]): string {
  return outcome === "refused" ? outcome : T.outcomes[outcome];
}
