import type { NewsletterOutcome } from "../../jobs/newsletter.ts";
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
const SHOWN_REASONS = 8;
/** Who has the mail, or is still to get it. */
const NO_FAILURE: ReadonlySet<NewsletterOutcome["outcome"]> = new Set(["pending", "sent", "rehearsed"]);

/** @param most so many outcomes are looked at */
export async function reasonsIn(outcomes: AsyncIterable<NewsletterOutcome>, most: number): Promise<WhyNot> {
  const reasons = new Map<string, number>();
  const providers = new Map<string, number>();
  let [looked, failed, isWhole] = [0, 0, true];
  for await (const outcome of outcomes) {
    isWhole = looked < most;
    if (!isWhole) break;
    looked += 1;
    if (NO_FAILURE.has(outcome.outcome)) continue;
    count(reasons, reasonOf(outcome));
    if (outcome.outcome !== "refused") count(providers, providerOf(outcome.recipient));
    failed += 1;
  }
  return {
    reasons: mostOf(reasons).map(([reason, count]) => ({ reason, count })),
    providers: mostOf(providers).map(([provider, count]) => ({ provider, count })),
    failed,
    isWhole,
  };
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function mostOf(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].toSorted(([, a], [, b]) => b - a).slice(0, SHOWN_REASONS);
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
