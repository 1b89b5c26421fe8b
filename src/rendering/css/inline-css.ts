import { load } from "cheerio";
import { Document, type Element } from "domhandler";
import { removeElement } from "domutils";
import type { Source } from "./cascade.ts";
import { Conflicts, type Styled } from "./conflicts.ts";
import { CustomProperties } from "./custom-properties.ts";
import type { Declaration } from "./declarations.ts";
import { elementsIn } from "./html-elements.ts";
import { implyElements } from "./implied-elements.ts";
import { keptCss } from "./kept-css.ts";
import { writeAttributes } from "./outlook-attributes.ts";
import { PageRules, type PageSheet } from "./page-rules.ts";
import { parseSheet, type Sheet } from "./sheet.ts";
import { ownStyle, ownVariables, styleText, writtenStyle } from "./style-attribute.ts";
import { isForScreen } from "./style-media.ts";

/** Writes the rules of a document's style elements into style attributes. */
export type InlineCss = (html: string) => string;

/** Whether a document has styles to inline. */
export function hasStyles(html: string): boolean {
  return /<style\b/i.test(html);
}

/** Entities stay as they are written, and `alt=""` stays `alt=""`: a picture without words is not one whose words are missing. */
const AS_WRITTEN = { xml: { xmlMode: false, decodeEntities: false, emptyAttrs: true } };

const MAX_SHOWN = 60;

/** What nobody sees has no style. */
const UNSEEN = new Set("head title base link style meta script noscript".split(" "));

/**
 * As a browser would apply them: the rule wins that wins there. What cannot be written to an element (media queries, :hover, fonts) stays
 * in the head; `<style data-embed>` and `<style media="print">` stay as they are.
 */
export const inlineCss: InlineCss = (html) => {
  if (!hasStyles(html)) return html;
  const { document, sheets, implied, page } = read(html);
  page.inline();
  implied.takeAway();
  for (const { element } of sheets) delete element.attribs["data-embed"];
  return document.html();
};

/** A declaration that cannot win everywhere where it does in a browser. */
export interface Unheard {
  /** The stylesheet it stands in, and its offset there. */
  readonly css: string;
  readonly index: number;
  readonly message: string;
}

/** Where inlining a page cannot do what a browser does. */
export function unheardIn(html: string): readonly Unheard[] {
  return hasStyles(html) ? read(html).page.unheard() : [];
}

function read(html: string) {
  const document = load(html, AS_WRITTEN);
  const root = document.root().get(0) ?? new Document([]);
  const sheets = elementsIn(root).flatMap(sheetOf);
  const implied = implyElements(root);
  const page = new Page(elementsIn(root), sheets, implied.page);
  return { document, sheets, implied, page };
}

interface StyleElement extends PageSheet {
  readonly element: Element;
}

function sheetOf(element: Element): readonly StyleElement[] {
  const { name, attribs, children } = element;
  const [text] = children;
  const isCss = /^(text\/css)?$/i.test(attribs.type?.trim() ?? "");
  if (name !== "style" || !isCss || text === undefined || !("data" in text)) return [];
  const frozen = attribs["data-embed"] !== undefined || !isForScreen(attribs.media);
  return [{ element, frozen, sheet: parseSheet(text.data) }];
}

/** A document whose styles are being inlined. */
class Page {
  readonly #sheets: readonly StyleElement[];
  readonly #styled: ReadonlyMap<Element, Styled>;
  readonly #conflicts: Conflicts;
  readonly #custom: CustomProperties;
  readonly #unwritten: ReadonlySet<Element>;
  /** What is said of them, which only the head can say. */
  readonly #copied: ReadonlySet<Declaration>;

  /** @param unwritten those of the elements that nothing can be written to */
  constructor(
    elements: readonly Element[],
    sheets: readonly StyleElement[],
    unwritten: ReadonlySet<Element>,
  ) {
    const rules = new PageRules(sheets);
    this.#sheets = sheets;
    this.#styled = new Map(
      elements.filter(({ name }) => !UNSEEN.has(name)).map((element) => [element, styledBy(rules, element)]),
    );
    const all = [...this.#styled.values()];
    this.#custom = new CustomProperties(rules.sources, all);
    this.#conflicts = new Conflicts(all, this.#custom.deciding);
    this.#custom.askFor(this.#conflicts.insisted);
    this.#unwritten = unwritten;
    this.#copied = new Set(
      [...unwritten].flatMap(
        (element) => this.#styled.get(element)?.own.map(({ declaration }) => declaration) ?? [],
      ),
    );
  }

  inline(): void {
    for (const [element, styled] of this.#styled) this.#write(element, styled);
    for (const { element, sheet, frozen } of this.#sheets) if (!frozen) this.#keep(element, sheet);
  }

  unheard(): readonly Unheard[] {
    return [...this.#conflicts.unheard].flatMap(({ declaration, sheet }) => {
      const { property, value, index } = declaration;
      const said = `${property}: ${value}`.slice(0, MAX_SHOWN);
      const message = `${JSON.stringify(said)} cannot win wherever it does in a browser: give what stays in the head !important`;
      return sheet === undefined ? [] : [{ css: sheet.css, index, message }];
    });
  }

  #write(element: Element, styled: Styled): void {
    this.#custom.values.set(element, ownVariables(styled.own));
    if (this.#unwritten.has(element)) return;
    if (!styled.own.some((source) => source.selector !== undefined || this.#changes(styled, source))) return;
    const written = writtenStyle(element, styled, {
      variables: this.#custom.values,
      conflicts: this.#conflicts,
      isAskedFor: (name) => this.#custom.isAskedFor(name),
      isOpen: (value) => this.#custom.isOpen(value),
    });
    if (written.length === 0) return;
    element.attribs.style = styleText(written);
    writeAttributes(element, written);
  }

  /** Whether a style attribute that no rule meets is written anew all the same. */
  #changes(styled: Styled, source: Source): boolean {
    const { value, important } = source.declaration;
    return (
      (/var\(/i.test(value) && !this.#custom.isOpen(value)) ||
      (!important && this.#conflicts.isImportant(styled, source))
    );
  }

  #keep(element: Element, sheet: Sheet): void {
    const css = keptCss(sheet, {
      isInsisted: (declaration, selector) => this.#conflicts.isInsisted(declaration, selector),
      isCopied: (declaration) => this.#copied.has(declaration),
      isAskedFor: (property) => this.#custom.isAskedFor(property),
    });
    const [text] = element.children;
    if (css === "") removeElement(element);
    else if (text !== undefined && "data" in text) text.data = css;
  }
}

function styledBy(rules: PageRules, element: Element): Styled {
  const found = rules.of(element);
  return {
    own: [...found.filter(({ kept }) => !kept), ...ownStyle(element)],
    kept: found.filter(({ kept }) => kept),
  };
}
