import { posix } from "node:path";
import Handlebars from "handlebars";
import { cssFaults, UNKNOWN } from "./css-faults.ts";
import { isForScreen } from "./style-media.ts";
import { placeOf, TemplateFault, type TemplateFile } from "./template-problem.ts";

const LINK = /<link\b[^>]*>/gi;
const STYLE = /(<style\b[^>]*>)([\s\S]*?)<\/style/gi;

/** Text of a stylesheet below the templates folder, by its key. */
export type FindStylesheet = (key: string) => string | undefined;

/**
 * Puts the stylesheets a template links to in place of their links, as style elements. Only files below the templates
 * folder are read; links to the web stay links.
 */
export function embedStylesheets(program: hbs.AST.Program, key: string, find: FindStylesheet): void {
  new EmbeddingVisitor(key, find).accept(program);
}

/** A text of a template with the stylesheets it links to in place of the links. */
export function embedLinks(text: string, key: string, find: FindStylesheet): string {
  return text.replace(LINK, (link) => {
    const css = find(stylesheetKey(link, key) ?? "");
    if (css === undefined) return link;
    const { media } = attributesOf(link);
    return `<style${media === undefined ? "" : ` media="${media.replaceAll('"', "&quot;")}"`}>\n${css}</style>`;
  });
}

/** The stylesheets of the folder that a text of a template links to. */
export function linkedStylesheets(text: string, key: string, find: FindStylesheet): readonly TemplateFile[] {
  return Array.from(text.matchAll(LINK), ([link]) => link)
    .filter(isInlined)
    .map((link) => stylesheetKey(link, key) ?? "")
    .flatMap((sheet) => {
      const css = find(sheet);
      return css === undefined ? [] : [{ key: sheet, text: css }];
    });
}

/** What is wrong with the stylesheets an html template links to or holds. */
export function stylesheetFaults(file: TemplateFile, find: FindStylesheet): readonly TemplateFault[] {
  const links = [...file.text.matchAll(LINK)].flatMap(({ 0: link, index }) =>
    faultsOfLink(file, link, index, find),
  );
  const styles = [...file.text.matchAll(STYLE)].flatMap(({ 1: tag = "", 2: css = "", index }) =>
    isInlined(tag) ? faultsOfCss(file, withoutExpressions(css), index + tag.length) : [],
  );
  return [...links, ...styles];
}

/** Whether the rules of a style element, or of what a link leads to, are inlined. */
function isInlined(tag: string): boolean {
  return !/\sdata-embed\b/i.test(tag) && isForScreen(attributesOf(tag).media);
}

/** Handlebars' braces are no rules. Offsets stay. */
function withoutExpressions(css: string): string {
  return css.replace(/\{\{[\s\S]*?\}\}+/g, (expression) => expression.replace(/[^\n]/g, UNKNOWN));
}

/** What is wrong with a .css file, or with the css that starts at `offset` of a file. */
export function faultsOfCss(file: TemplateFile, css = file.text, offset = 0): readonly TemplateFault[] {
  return cssFaults(css).map(
    ({ index, message }) => new TemplateFault(message, file.key, placeOf(file.text, offset + index)),
  );
}

function faultsOfLink(file: TemplateFile, link: string, index: number, find: FindStylesheet) {
  const key = stylesheetKey(link, file.key);
  if (key === undefined) return [];
  const text = find(key);
  const message = linkFault(key, text);
  if (message !== undefined) return [new TemplateFault(message, file.key, placeOf(file.text, index))];
  return isInlined(link) ? faultsOfCss({ key, text: text ?? "" }) : [];
}

function linkFault(key: string, css: string | undefined): string | undefined {
  if (key.includes("{{")) return "the href of a stylesheet must be fixed text";
  if (key.startsWith("..")) return `the stylesheet "${key}" is outside the templates folder`;
  if (css === undefined) return `there is no stylesheet ${key} in the templates folder`;
  return /<\/style/i.test(css) ? `the stylesheet ${key} holds "</style"` : undefined;
}

/** The key of the file a link means; undefined for a link that is no stylesheet or leads to the web. */
function stylesheetKey(link: string, key: string): string | undefined {
  const { rel, href } = attributesOf(link);
  if (rel?.toLowerCase() !== "stylesheet" || href === undefined) return undefined;
  if (/^(https?:)?\/\//i.test(href)) return undefined;
  return href.startsWith("/") ? posix.normalize(href.slice(1)) : posix.join(posix.dirname(key), href);
}

function attributesOf(tag: string): Partial<Readonly<Record<"rel" | "href" | "media", string>>> {
  const pairs = tag.matchAll(/\s(rel|href|media)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/gi);
  return Object.fromEntries(
    Array.from(pairs, ([, name = "", double, single, bare]) => [
      name.toLowerCase(),
      double ?? single ?? bare,
    ]),
  );
}

class EmbeddingVisitor extends Handlebars.Visitor {
  readonly #key: string;
  readonly #find: FindStylesheet;

  constructor(key: string, find: FindStylesheet) {
    super();
    this.#key = key;
    this.#find = find;
  }

  override ContentStatement(content: hbs.AST.ContentStatement): void {
    content.value = embedLinks(content.value, this.#key, this.#find);
  }
}
