import { posix } from "node:path";
import Handlebars from "handlebars";
import { cssFaults } from "./css-faults.ts";
import { placeOf, TemplateFault, type TemplateFile } from "./template-problem.ts";

const LINK = /<link\b[^>]*>/gi;
const STYLE = /(<style\b(?![^>]*\sdata-embed\b)[^>]*>)([\s\S]*?)<\/style/gi;

/** Text of a stylesheet below the templates folder, by its key. */
export type FindStylesheet = (key: string) => string | undefined;

/**
 * Puts the stylesheets a template links to in place of their links, as style elements. Only files below the templates
 * folder are read; links to the web stay links.
 */
export function embedStylesheets(program: hbs.AST.Program, key: string, find: FindStylesheet): void {
  new EmbeddingVisitor(key, find).accept(program);
}

/** What is wrong with the stylesheets an html template links to or holds. */
export function stylesheetFaults(file: TemplateFile, find: FindStylesheet): readonly TemplateFault[] {
  const links = [...file.text.matchAll(LINK)].flatMap(({ 0: link, index }) => {
    const message = linkFault(link, file.key, find);
    return message === undefined ? [] : [new TemplateFault(message, file.key, placeOf(file.text, index))];
  });
  const styles = [...file.text.matchAll(STYLE)].flatMap(({ 1: tag = "", 2: css = "", index }) =>
    faultsOfCss(file, css, index + tag.length),
  );
  return [...links, ...styles];
}

/** What is wrong with a .css file, or with the css that starts at `offset` of a file. */
export function faultsOfCss(file: TemplateFile, css = file.text, offset = 0): readonly TemplateFault[] {
  return cssFaults(css).map(
    ({ index, message }) => new TemplateFault(message, file.key, placeOf(file.text, offset + index)),
  );
}

function linkFault(link: string, key: string, find: FindStylesheet): string | undefined {
  const wanted = stylesheetKey(link, key);
  if (wanted === undefined) return undefined;
  if (wanted.includes("{{")) return "the href of a stylesheet must be fixed text";
  if (wanted.startsWith("..")) return `the stylesheet "${wanted}" is outside the templates folder`;
  const css = find(wanted);
  if (css === undefined) return `there is no stylesheet ${wanted} in the templates folder`;
  return /<\/style/i.test(css) ? `the stylesheet ${wanted} holds "</style"` : undefined;
}

/** The key of the file a link means; undefined for a link that is no stylesheet or leads to the web. */
function stylesheetKey(link: string, key: string): string | undefined {
  const { rel, href } = attributesOf(link);
  if (rel?.toLowerCase() !== "stylesheet" || href === undefined) return undefined;
  if (/^(https?:)?\/\//i.test(href)) return undefined;
  return href.startsWith("/") ? posix.normalize(href.slice(1)) : posix.join(posix.dirname(key), href);
}

function attributesOf(tag: string): { readonly rel?: string; readonly href?: string } {
  const pairs = tag.matchAll(/\s(rel|href)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/gi);
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
    content.value = content.value.replace(LINK, (link) => {
      const css = this.#find(stylesheetKey(link, this.#key) ?? "");
      return css === undefined ? link : `<style>\n${css}</style>`;
    });
  }
}
