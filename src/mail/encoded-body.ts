import type { RenderedMail } from "./mail.ts";
import { decodeText } from "./quoted-printable.ts";

/** The texts of a mail as they go over the wire, in quoted-printable. */
export interface EncodedTexts {
  readonly html?: string;
  readonly text: string;
}

/** Of a mail: how its texts are written, and what they say, where somebody has asked. */
interface Texts {
  readonly encoded: EncodedTexts;
  html?: string;
  text?: string;
}

/**
 * Not in a `WeakMap`, whose values the collector of short-lived objects keeps for longer than their mails. Not enumerable, because a
 * copy of a mail may say something else.
 */
const TEXTS = Symbol("texts");

interface WithTexts {
  readonly [TEXTS]?: Texts;
}

/*
 * One function each for all mails: so all of them are of one shape, and V8 reads them as quickly as others. Own and enumerable, so that
 * a copy of a mail has its texts.
 */
const HTML: PropertyDescriptor & ThisType<WithTexts> = {
  enumerable: true,
  configurable: true,
  get() {
    const texts = this[TEXTS];
    if (texts === undefined) return undefined;
    texts.html ??= decodeText(texts.encoded.html ?? "");
    return texts.html;
  },
};
const TEXT: PropertyDescriptor & ThisType<WithTexts> = {
  enumerable: true,
  configurable: true,
  get() {
    const texts = this[TEXTS];
    if (texts === undefined) return undefined;
    texts.text ??= decodeText(texts.encoded.text);
    return texts.text;
  },
};

/**
 * A mail whose texts are encoded already. They are decoded where somebody reads them.
 * @param mail nobody else has
 */
export function withEncodedTexts(
  mail: Omit<RenderedMail, "html" | "text">,
  encoded: EncodedTexts,
): RenderedMail {
  if (encoded.html !== undefined) Object.defineProperty(mail, "html", HTML);
  Object.defineProperty(mail, "text", TEXT);
  keep(mail, { encoded });
  return mail as RenderedMail;
}

/** What a mail's texts are on the wire, where that is known. */
export function encodedTextsOf(mail: RenderedMail): EncodedTexts | undefined {
  return (mail as WithTexts)[TEXTS]?.encoded;
}

/** The mail says the same as another, in the same words. */
export function keepEncodedTexts(from: RenderedMail, to: RenderedMail): void {
  const texts = (from as WithTexts)[TEXTS];
  if (texts) keep(to, texts);
}

function keep(mail: object, texts: Texts): void {
  Object.defineProperty(mail, TEXTS, { value: texts });
}
