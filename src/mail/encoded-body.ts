import type { RenderedMail } from "./mail.ts";
import { decodeText } from "./quoted-printable.ts";

/** The texts of a mail as they go over the wire, in quoted-printable. */
export interface EncodedTexts {
  readonly html?: string;
  readonly text: string;
}

type Unbodied = Omit<RenderedMail, "html" | "text">;

const encodedTexts = new WeakMap<RenderedMail, EncodedTexts>();

/** A mail whose texts are encoded already. They are decoded where somebody reads them. */
export function mailOf(head: Unbodied, encoded: EncodedTexts): RenderedMail {
  let text: string | undefined;
  let html: string | undefined;
  const getText = () => {
    text ??= decodeText(encoded.text);
    return text;
  };
  const getHtml = () => {
    html ??= decodeText(encoded.html ?? "");
    return html;
  };
  const mail: RenderedMail =
    encoded.html === undefined
      ? {
          ...head,
          get text() {
            return getText();
          },
        }
      : {
          ...head,
          get html() {
            return getHtml();
          },
          get text() {
            return getText();
          },
        };
  encodedTexts.set(mail, encoded);
  return mail;
}

/** What a mail's texts are on the wire, where that is known. */
export function encodedTextsOf(mail: RenderedMail): EncodedTexts | undefined {
  return encodedTexts.get(mail);
}

/** The mail says the same as another, in the same words. */
export function keepEncodedTexts(from: RenderedMail, to: RenderedMail): void {
  const encoded = encodedTexts.get(from);
  if (encoded) encodedTexts.set(to, encoded);
}
