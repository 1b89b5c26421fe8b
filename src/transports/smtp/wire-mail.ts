import { errorMessage } from "../../errors/error-message.ts";
import type { Envelope } from "../../mail/addresses.ts";
import type { Outcome, SendOptions } from "../transport.ts";
import type { Session } from "./open-session.ts";

/** A mail as a connection takes it. */
export interface WireMail extends Pick<SendOptions, "onFinalDot" | "onAnswer"> {
  readonly message: Buffer;
  readonly envelope: Envelope;
  /** Whether an address in it has letters beyond ASCII (RFC 6531). */
  readonly needsUtf8: boolean;
  /** It may be followed by another before it is answered, and follow one. */
  readonly isBulk: boolean;
  readonly signal: AbortSignal | undefined;
  readonly isLive: () => boolean;
}

/** Why this server cannot have this mail, as far as it has announced what it takes. */
export function unfit(
  { message, needsUtf8 }: WireMail,
  { extensions, maxSize }: Session,
): Outcome | undefined {
  if (needsUtf8 && !extensions.has("SMTPUTF8"))
    return rejected(
      "The mail server does not take addresses with letters outside ASCII before the @ (SMTPUTF8)",
    );
  if (message.length > maxSize)
    return rejected(
      `The mail has ${message.length} bytes, and the mail server takes ${maxSize} at most (SIZE)`,
    );
  return undefined;
}

/** What the server is told before the message: one line for the sender, and one for each recipient. */
export function envelopeLines(
  { message, envelope: { from, to }, needsUtf8 }: WireMail,
  { extensions }: Session,
): readonly [sender: string, ...recipients: string[]] {
  const parameters = [
    ...(extensions.has("SIZE") ? [`SIZE=${message.length}`] : []),
    ...(needsUtf8 ? ["SMTPUTF8"] : []),
    // Without such addresses everything is encoded as ASCII.
    ...(needsUtf8 && extensions.has("8BITMIME") ? ["BODY=8BITMIME"] : []),
  ];
  const sender = [`MAIL FROM:<${from}>`, ...parameters].join(" ");
  return [`${sender}\r\n`, ...to.map((address) => `RCPT TO:<${address}>\r\n`)];
}

/** Tells whoever asked that the final dot leaves. @returns why it must not */
export function refusalOfDot({ onFinalDot }: WireMail): string | undefined {
  try {
    onFinalDot?.();
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

function rejected(response: string): Outcome {
  return { class: "rejected", response, accepted: [], refused: [] };
}
