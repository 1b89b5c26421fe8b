import { posix } from "node:path";
import Handlebars from "handlebars";
import { htmlOf, type Tag, TagReader } from "../html-tags.ts";
import { placeOf, TemplateFault, type TemplateFile } from "../templates/template-problem.ts";
import { parseSheet, UNKNOWN } from "./sheet.ts";
import { isForScreen } from "./style-media.ts";

/** Text of a stylesheet below the templates folder, by its key. */
export type FindStylesheet = (key: string) => string | undefined;

/**
 * Puts the stylesheets a template links to in place of their links, as style elements. Only files below the templates
 * folder are read; links to the web stay links.
 */
export function embedStylesheets(program: hbs.AST.Program, key: string, find: FindStylesheet): void {
  new EmbeddingVisitor(key, find).accept(program);
}

/** The stylesheets of the folder that the texts of a template link to, one text after the other. */
export class LinkedStylesheets {
  readonly #find: FindStylesheet;
  readonly #tags = new TagReader();

  constructor(find: FindStylesheet) {
    this.#find = find;
  }

  /** The next text with the stylesheets in place of the links. */
  embed(text: string, key: string): string {
    let embedded = "";
    let at = 0;
    for (const tag of this.#tags.read(text)) {
      const css = this.#find(stylesheetKey(tag, key) ?? "");
      if (css === undefined) continue;
      const { media } = tag.attribs;
      const opening = `<style${media === undefined ? "" : ` media="${media.replaceAll('"', "&quot;")}"`}>`;
      embedded += `${text.slice(at, tag.start)}${opening}\n${css}</style>`;
      at = tag.end;
    }
    return embedded + text.slice(at);
  }

  /** Those that the next text links to and whose rules are written to elements. */
  linked(text: string, key: string): readonly TemplateFile[] {
    return this.#tags
      .read(text)
      .filter(isInlined)
      .flatMap((tag) => {
        const sheet = stylesheetKey(tag, key) ?? "";
        const css = this.#find(sheet);
        return css === undefined ? [] : [{ key: sheet, text: css }];
      });
  }
}

/** What is wrong with the links of an html template to stylesheets. */
export function linkFaults(
  program: hbs.AST.Program,
  file: TemplateFile,
  find: FindStylesheet,
): readonly TemplateFault[] {
  return new TagReader().read(htmlOf(program, file.text)).flatMap((tag) => {
    const key = stylesheetKey(tag, file.key);
    const message = key === undefined ? undefined : linkFault(key, find(key));
    return message === undefined ? [] : [new TemplateFault(message, file.key, placeOf(file.text, tag.start))];
  });
}

/** What browsers skip in the style elements of an html template, and what cannot be written to elements. */
export function styleNotes(program: hbs.AST.Program, file: TemplateFile): readonly TemplateFault[] {
  const html = htmlOf(program, file.text);
  return new TagReader().read(html).flatMap((tag) => {
    if (tag.name !== "style" || !isInlined(tag)) return [];
    return notesOfCss(file, html.slice(tag.end, tag.contentEnd), tag.end);
  });
}

/** The same of a .css file, or of the css that starts at `offset` of a file. */
export function notesOfCss(file: TemplateFile, css = file.text, offset = 0): readonly TemplateFault[] {
  return parseSheet(css).notes.map(
    ({ index, message }) => new TemplateFault(message, file.key, placeOf(file.text, offset + index)),
  );
}

/** Whether the rules of a style element, or of what a link leads to, are written to elements. */
function isInlined({ attribs }: Tag): boolean {
  return attribs["data-embed"] === undefined && isForScreen(attribs.media);
}

function linkFault(key: string, css: string | undefined): string | undefined {
  if (key.includes(UNKNOWN)) return "the href of a stylesheet must be fixed text";
  if (key.startsWith("..")) return `the stylesheet "${key}" is outside the templates folder`;
  if (css === undefined) return `there is no stylesheet ${key} in the templates folder`;
  return /<\/style/i.test(css) ? `the stylesheet ${key} holds "</style"` : undefined;
}

/** The key of the file a link means; undefined for a link that is no stylesheet or leads to the web. */
function stylesheetKey({ name, attribs }: Tag, key: string): string | undefined {
  const { rel, href } = attribs;
  if (name !== "link" || rel?.trim().toLowerCase() !== "stylesheet" || href === undefined) return undefined;
  if (/^([a-z][a-z\d+.-]*:|\/\/)/i.test(href)) return undefined;
  return href.startsWith("/") ? posix.normalize(href.slice(1)) : posix.join(posix.dirname(key), href);
}

class EmbeddingVisitor extends Handlebars.Visitor {
  readonly #key: string;
  readonly #sheets: LinkedStylesheets;

  constructor(key: string, find: FindStylesheet) {
    super();
    this.#key = key;
    this.#sheets = new LinkedStylesheets(find);
  }

  override ContentStatement(content: hbs.AST.ContentStatement): void {
    content.value = this.#sheets.embed(content.value, this.#key);
  }
}
