import Handlebars from "handlebars";
import { Parser } from "htmlparser2";
import { UNKNOWN } from "./css/sheet.ts";
import { offsetOf } from "./templates/template-problem.ts";

/** An opening tag, and for a style element what is in it; places are offsets in the text that was read. */
export interface Tag {
  readonly name: string;
  readonly attribs: Readonly<Record<string, string>>;
  readonly start: number;
  readonly end: number;
  /** Where what is in it ends; `end` for elements that were not closed in the same text. */
  contentEnd: number;
}

/** Finds the link and style elements of html that is read text by text, as browsers read it: what is in comments is no element. */
export class TagReader {
  #base = 0;
  #length = 0;
  #found: Tag[] = [];
  #style: Tag | undefined;
  readonly #parser: Parser;

  constructor() {
    this.#parser = new Parser({
      onopentag: (name, attribs) => this.#open(name, attribs),
      onclosetag: (name) => {
        if (name === "style" && this.#style) this.#style.contentEnd = this.#parser.startIndex - this.#base;
        if (name === "style") this.#style = undefined;
      },
    });
  }

  /** @param text which follows those before; what stands between in a template is unknown */
  read(text: string): readonly Tag[] {
    if (this.#length > 0) this.#write(UNKNOWN);
    this.#found = [];
    this.#base = this.#length;
    this.#write(text);
    return this.#found;
  }

  #write(text: string): void {
    this.#parser.write(text);
    this.#length += text.length;
  }

  #open(name: string, attribs: Readonly<Record<string, string>>): void {
    const start = this.#parser.startIndex - this.#base;
    const end = this.#parser.endIndex + 1 - this.#base;
    if (start < 0 || (name !== "link" && name !== "style")) return;
    const tag = { name, attribs, start, end, contentEnd: end };
    this.#found.push(tag);
    if (name === "style") this.#style = tag;
  }
}

/** The html of a template with everything that is not html as unknown characters, so that offsets stay. */
export function htmlOf(program: hbs.AST.Program, text: string): string {
  const visitor = new ContentVisitor();
  visitor.accept(program);
  let html = "";
  for (const { original, loc } of visitor.contents) {
    const start = offsetOf(text, { line: loc.start.line, column: loc.start.column + 1 });
    if (start < html.length) continue;
    html += unknown(text.slice(html.length, start)) + String(original);
  }
  return html + unknown(text.slice(html.length));
}

function unknown(text: string): string {
  return text.replace(/[^\n]/g, UNKNOWN);
}

class ContentVisitor extends Handlebars.Visitor {
  readonly contents: hbs.AST.ContentStatement[] = [];

  override ContentStatement(content: hbs.AST.ContentStatement): void {
    this.contents.push(content);
  }
}
