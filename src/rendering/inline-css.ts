import { load } from "cheerio";
import juice from "juice";

/** Writes the rules of a document's style elements into style attributes. */
export type InlineCss = (html: string) => string;

/** Whether a document has styles to inline. */
export function hasStyles(html: string): boolean {
  return /<style\b/i.test(html);
}

/**
 * As juice reads html, and two things more. Reading it here keeps juice from taking `{{` and `<%` in a finished mail for
 * template code and leaving everything up to the next `}}` alone, so that a name with braces in it would switch inlining off.
 * And `alt=""` stays `alt=""`: a picture without words is not one whose words are missing.
 */
const AS_WRITTEN = { xml: { xmlMode: false, decodeEntities: false, emptyAttrs: true } };

/** By juice. What cannot be inlined (media queries, :hover, fonts) stays in the head; `<style data-embed>` stays as it is. */
export const inlineCss: InlineCss = (html) => {
  if (!hasStyles(html)) return html;
  const document = load(html, AS_WRITTEN);
  juice.juiceDocument(document);
  return document.html();
};
