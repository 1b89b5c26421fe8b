import { type CheerioAPI, load } from "cheerio";
import juice from "juice";
import { messageOf } from "../message-of.ts";
import { remembered } from "../remembered.ts";
import { type SelectorClass, weighedAsInBrowsers } from "./css-specificity.ts";
import { elementsOf } from "./html-elements.ts";
import { KEPT_IN_SELECTORS, KEPT_PSEUDO_CLASSES } from "./kept-selectors.ts";
import { readableStyles } from "./style-attributes.ts";
import { isForScreen } from "./style-media.ts";
import { meaningfulAttributes } from "./table-attributes.ts";

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

/** Public, but not in juice's types. */
const { Selector } = juice as unknown as { readonly Selector: SelectorClass };

/**
 * By juice. What cannot be inlined (media queries, :hover, fonts) stays in the head; `<style data-embed>` and `<style media="print">`
 * stay as they are.
 * @throws Error when a style that came from data is none that can be read
 */
export const inlineCss: InlineCss = (html) => {
  if (!hasStyles(html)) return html;
  const document = load(html, AS_WRITTEN);
  const elements = elementsOf(document);
  for (const { name, attribs } of elements)
    if (name === "style" && !isForScreen(attribs.media)) attribs["data-embed"] = "";
  const finish = [readableStyles(elements), meaningfulAttributes(elements)];
  inline(document);
  for (const step of finish) step();
  return document.html();
};

/** What is set for juice is set for this one synchronous call: the application may use it too. */
function inline(document: CheerioAPI): void {
  const { ignoredPseudos } = juice;
  juice.ignoredPseudos = [...KEPT_PSEUDO_CLASSES];
  try {
    const options = { preservedSelectors: [...KEPT_IN_SELECTORS] };
    weighedAsInBrowsers(Selector, () => juice.juiceDocument(document, options));
  } catch (error) {
    const reason = messageOf(error);
    throw new Error(`its styles cannot be inlined: ${reason}`, { cause: error });
  } finally {
    juice.ignoredPseudos = ignoredPseudos;
  }
}

const EMPTY = load("").root();

/** Whether the inliner knows what a selector means. One that it does not know is left out of the mail. */
export const canInline = remembered((selector): boolean => {
  try {
    EMPTY.find(selector);
    return true;
  } catch {
    return false;
  }
});
