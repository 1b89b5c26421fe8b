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

const textsOf = new WeakMap<object, Texts>();

/*
 * One function each for all mails: so all of them are of one shape, and V8 reads them as quickly as others. Own and enumerable, so that
 * a copy of a mail has its texts.
 */
const HTML: PropertyDescriptor & ThisType<RenderedMail> = {
  enumerable: true,
  configurable: true,
  get() {
    const texts = textsOf.get(this);
    if (texts === undefined) return undefined;
    texts.html ??= decodeText(texts.encoded.html ?? "");
    return texts.html;
  },
};
const TEXT: PropertyDescriptor & ThisType<RenderedMail> = {
  enumerable: true,
  configurable: true,
  get() {
    const texts = textsOf.get(this);
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
  textsOf.set(mail, { encoded });
  return mail as RenderedMail;
}

/** What a mail's texts are on the wire, where that is known. */
export function encodedTextsOf(mail: RenderedMail): EncodedTexts | undefined {
  return textsOf.get(mail)?.encoded;
}

/** The mail says the same as another, in the same words. */
export function keepEncodedTexts(from: RenderedMail, to: RenderedMail): void {
  const texts = textsOf.get(from);
  if (texts) textsOf.set(to, texts);
}
