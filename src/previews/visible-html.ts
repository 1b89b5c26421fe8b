import type { RenderedMail } from "../mail/mail.ts";
import { contentTypeOf } from "../mime/attachment-part.ts";

/** Where an attribute or a url() of a style begins, and the name of an image behind it. */
const REFERENCE = /(["'(=]\s*)cid:([^"')\s>]+)/gi;

/** The html of a mail for a browser: images that travel inside the mail are inside the html. Undefined for a mail of text alone. */
export function visibleHtml({ html, attachments = [] }: RenderedMail): string | undefined {
  const images = new Map(attachments.flatMap((file) => (file.cid === undefined ? [] : [[file.cid, file]])));
  return html?.replace(REFERENCE, (reference, before: string, cid: string) => {
    const image = images.get(decoded(cid));
    if (image === undefined) return reference;
    const [type] = contentTypeOf(image).split(";");
    return `${before}data:${type};base64,${Buffer.from(image.content).toString("base64")}`;
  });
}

/** RFC 2392: in a URL a cid may be percent-encoded. */
function decoded(cid: string): string {
  try {
    return decodeURIComponent(cid);
  } catch {
    return cid;
  }
}
