import type { RenderedMail } from "../mail/mail.ts";
import type { Outcome, OutcomeClass, SendOptions, Transport } from "./transport.ts";

/**
 * The outcomes after which another transport may try: the mail has no fault, and certainly no server has taken it. `unknown` is not among
 * them, because the first server may have the mail (RFC 1047). `deferred` and `throttled` are not, because the server asks to wait.
 */
const PASSED_ON: ReadonlySet<OutcomeClass> = new Set(["our-fault", "unreachable", "lost"]);

/** Also when our own volume of the day is used up, because then no server asked us to wait. */
function isPassedOn({ class: found, isUsedUp = false }: Outcome): boolean {
  return isUsedUp || PASSED_ON.has(found);
}

interface Met {
  readonly name: string;
  readonly outcome: Outcome;
}

/** Sends through the first of the transports that can. @throws what they throw */
export async function sendInTurn(
  transports: readonly Transport[],
  mail: RenderedMail,
  options: SendOptions | undefined,
): Promise<Outcome> {
  const met: Met[] = [];
  for (const transport of transports) {
    const outcome = await transport.send(mail, options);
    // An aborted send is `lost` too, and nobody wants it to go on.
    if (!isPassedOn(outcome) || options?.signal?.aborted) return outcome;
    met.push({ name: transport.name, outcome });
  }
  return together(met);
}

/** None could: to be tried again when the first of them may work again. What costs the mail no attempt goes before what does. */
function together(met: readonly Met[]): Outcome {
  const [first] = met.filter(({ outcome }) => outcome.class !== "lost");
  const isUsedUp = met.every(({ outcome }) => outcome.isUsedUp === true);
  const times = met.flatMap(({ outcome }) => outcome.retryAfter ?? []);
  return {
    class: first?.outcome.class ?? "lost",
    response: met.map(({ name, outcome }) => `${name}: ${outcome.response}`).join("; "),
    accepted: [],
    refused: [],
    ...(isUsedUp && { ownLimit: true, isUsedUp }),
    ...(times.length > 0 && { retryAfter: Math.min(...times) }),
  };
}
