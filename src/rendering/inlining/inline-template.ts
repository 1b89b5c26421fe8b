import { hasStyles, inlineCss, type Unheard, unheardIn } from "../css/inline-css.ts";
import { TemplateFault, type TemplateFile } from "../templates/template-problem.ts";
import type { Expansion } from "./expansion.ts";
import { type HtmlReading, readHtml } from "./html-reader.ts";
import { type Origin, originIn, type Piece, type TextPiece, textOf } from "./piece.ts";
import { SlowPath } from "./slow-path.ts";
import { dependentStyles, type Sheet, sheetOfFile } from "./style-questions.ts";
import { provesItself } from "./trial.ts";

/** Stylesheets as the template's links name them. */
export interface Stylesheets {
  /** The next text with its links replaced by style elements. */
  readonly embed: (text: string, key: string) => string;
  /** The stylesheets that the links of the next text mean. */
  readonly linked: (text: string, key: string) => readonly TemplateFile[];
}

/** What became of a template's styles. */
export interface Inlining {
  /** Whether there are any. */
  readonly styled: boolean;
  /** Why they cannot be inlined once. Empty: they are, in the trees of the expansion. */
  readonly reasons: readonly SlowPath[];
  /** The html with every branch taken once and nothing filled in. */
  readonly fixedHtml: string;
  /** Where inlining cannot do what a browser does. */
  readonly unheard: readonly TemplateFault[];
}

/**
 * Inlines the styles of a template into the trees it was expanded from, where the result is bound to be what inlining each
 * finished mail would give.
 *
 * Marks stand for everything that data decides. The inliner sees one document; its text between two marks goes back to the node it
 * came from. What that proves rests on three things: no value can change how the rest is read (html-reader.ts), no selector
 * asks for what data decides (style-questions.ts), and a few mails made both ways come out the same (trial.ts).
 */
export function inlineTemplate({ pieces, reasons }: Expansion, stylesheets: () => Stylesheets): Inlining {
  const embedding = stylesheets();
  const documents = pieces.map((piece) => (piece.kind === "text" ? embedded(piece, embedding) : ""));
  const fixedHtml = documents.join("");
  if (!hasStyles(fixedHtml) && !pieces.some((piece) => piece.kind === "value" && piece.raw))
    return { styled: false, reasons: [], fixedHtml, unheard: [] };
  const reading = readHtml(pieces);
  const sheets = sheetsOf(pieces, reading, stylesheets());
  const found = [...reasons, ...reading.reasons, ...styleReasons(pieces, reading, sheets, stylesheets)];
  const unheard = unheardIn(fixedHtml).flatMap((each) => faultOf(each, sheets));
  if (found.length === 0 && !hasStyles(alwaysThere(pieces, documents)))
    found.push(new SlowPath("style-in-branch", originAtStart(pieces)));
  if (found.length > 0) return { styled: true, reasons: found, fixedHtml, unheard };
  if (headOf(alwaysThere(pieces, documents)) !== headOf(fixedHtml))
    return {
      styled: true,
      reasons: [new SlowPath("head-in-branch", originAtStart(pieces))],
      fixedHtml,
      unheard,
    };
  const inlined = inlineBetweenMarks(documents);
  if (inlined === undefined || !provesItself(pieces, documents, inlined))
    return { styled: true, reasons: [new SlowPath("unproven", originAtStart(pieces))], fixedHtml, unheard };
  return { styled: true, reasons: putBack(pieces, inlined), fixedHtml: inlined.join(""), unheard };
}

/** The stylesheets of a template, and where each is written. */
function sheetsOf(pieces: readonly Piece[], { styles }: HtmlReading, links: Stylesheets): readonly Sheet[] {
  const written = styles.map(
    ({ css, piece, index }): Sheet => ({ css, originAt: (at) => originIn(piece, index + at) }),
  );
  const linked = pieces.flatMap((piece) =>
    piece.kind === "text" ? links.linked(textOf(piece), piece.parts[0]?.key ?? "") : [],
  );
  return [...written, ...linked.map(sheetOfFile)];
}

function styleReasons(
  pieces: readonly Piece[],
  { elements, rootVaries, linksInBranches }: HtmlReading,
  sheets: readonly Sheet[],
  stylesheets: () => Stylesheets,
) {
  const varies = pieces.some(({ kind }) => kind === "value" || kind === "branch");
  const inBranches = linksInBranches
    .filter(({ tag, key }) => stylesheets().linked(tag, key).length > 0)
    .map((origin) => new SlowPath("style-in-branch", origin));
  return [...inBranches, ...dependentStyles({ sheets, elements, rootVaries, varies })];
}

/** Where a declaration of the page is written. A linked stylesheet begins on a line of its own there. */
function faultOf({ css, index, message }: Unheard, sheets: readonly Sheet[]): readonly TemplateFault[] {
  const sheet = sheets.find((each) => css === each.css || css === `\n${each.css}`);
  if (sheet === undefined) return [];
  const { key, place } = sheet.originAt(css === sheet.css ? index : index - 1);
  return [new TemplateFault(message, key, place)];
}

function originAtStart([first]: readonly Piece[]): Origin {
  if (first === undefined) throw new Error("A template without text has no styles.");
  return first.kind === "text" ? originIn(first, 0) : first;
}

/** What stays in the style elements of a page. More elements can only make more of it important. */
function headOf(html: string): string {
  return Array.from(inlineCss(html).matchAll(/<style\b[^<>]*>([^<]*)/gi), ([, css = ""]) => css).join("\n");
}

/** The text outside all branches. */
function alwaysThere(pieces: readonly Piece[], documents: readonly string[]): string {
  let depth = 0;
  return pieces
    .map(({ kind }, index) => {
      if (kind === "branch" || kind === "end") depth += kind === "branch" ? 1 : -1;
      return depth === 0 ? documents[index] : "";
    })
    .join("");
}

function embedded({ parts }: TextPiece, stylesheets: Stylesheets): string {
  return parts.map(({ text, key }) => stylesheets.embed(text, key)).join("");
}

/** Private-use characters, which no template or stylesheet has a use for. */
const MARK = /\uE000(\d+)\uE001/;

/** The text between each two marks after inlining; undefined when a mark did not come through. */
function inlineBetweenMarks(documents: readonly string[]): readonly string[] | undefined {
  if (/[\uE000\uE001]/.test(documents.join(""))) return undefined;
  const marked = documents.map((text, index) => `\uE000${index}\uE001${text}`).join("");
  const inlined = inlinedIfPossible(marked);
  if (inlined === undefined) return undefined;
  const [before, ...split] = inlined.split(MARK);
  const texts = split.filter((_, index) => index % 2 === 1);
  const inOrder = split.every((part, index) => index % 2 === 1 || Number(part) === index / 2);
  const nothingAdded = texts.every((text, index) => text === "" || documents[index] !== "");
  return before === "" && inOrder && nothingAdded && texts.length === documents.length ? texts : undefined;
}

/** What stops the inliner here stops it for every mail too, and is then the error of that mail. */
function inlinedIfPossible(html: string): string | undefined {
  try {
    return inlineCss(html);
  } catch {
    return undefined;
  }
}

/** A text that several places share must be the same in all of them. */
function putBack(pieces: readonly Piece[], texts: readonly string[]): readonly SlowPath[] {
  const given = new Map<hbs.AST.ContentStatement, string>();
  for (const [index, piece] of pieces.entries()) {
    if (piece.kind !== "text") continue;
    for (const [position, { node, key, place }] of piece.parts.entries()) {
      const text = position === 0 ? (texts[index] ?? "") : "";
      if ((given.get(node) ?? text) !== text) return [new SlowPath("two-places", { key, place })];
      given.set(node, text);
    }
  }
  for (const [node, text] of given) node.value = text;
  return [];
}
