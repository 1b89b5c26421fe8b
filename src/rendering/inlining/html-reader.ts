import { isForScreen } from "../css/style-media.ts";
import { holdsRawText, isVoid, tagFault } from "./element-rules.ts";
import {
  type BorderPiece,
  type Origin,
  originIn,
  type Piece,
  type TextPiece,
  textOf,
  type ValuePiece,
} from "./piece.ts";
import { SlowPath, type SlowPattern } from "./slow-path.ts";

/** An element of a template, as far as selectors see it. */
export interface Element {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly parent: Element | undefined;
  /** Whether data decides which children there are. */
  childrenVary: Origin | undefined;
}

export interface Attribute {
  readonly name: string;
  /** What is fixed of its value. */
  text: string;
  /** The first expression in it. */
  dynamic: Origin | undefined;
}

export interface StyleText {
  readonly css: string;
  readonly piece: TextPiece;
  /** Where the css starts in the piece. */
  readonly index: number;
}

/** What stands where in a template's html, whatever data it is filled with. */
export interface HtmlReading {
  readonly elements: readonly Element[];
  readonly styles: readonly StyleText[];
  /** Whether data decides what stands at the top. */
  readonly rootVaries: Origin | undefined;
  /** The links in a branch, which data takes or leaves. */
  readonly linksInBranches: readonly (Origin & { readonly tag: string })[];
  readonly reasons: readonly SlowPath[];
  /** The elements that hold each value or its attribute, by the value's piece. */
  readonly holders: ReadonlyMap<ValuePiece, Element | undefined>;
}

/**
 * Reads html as the parser of the inliner does (htmlparser2), and gives a reason wherever data could change how the rest is read.
 * Whatever that parser would repair is refused, so nothing here depends on how.
 */
export function readHtml(pieces: readonly Piece[]): HtmlReading {
  const reader = new HtmlReader();
  for (const piece of pieces) {
    if (piece.kind === "text") reader.text(piece);
    else reader.border(piece);
    if (reader.lost) break;
  }
  if (!reader.lost) reader.end(pieces.at(-1));
  return reader;
}

type Mode = "text" | "tag" | "quoted" | "unquoted" | "name" | "comment" | "raw" | "declaration";

interface Branch {
  readonly mode: Mode;
  readonly serial: number;
  readonly open: Element | undefined;
}

class HtmlReader implements HtmlReading {
  readonly elements: Element[] = [];
  readonly styles: StyleText[] = [];
  readonly linksInBranches: (Origin & { readonly tag: string })[] = [];
  readonly reasons: SlowPath[] = [];
  readonly holders = new Map<ValuePiece, Element | undefined>();
  rootVaries: Origin | undefined;
  /** Nothing can be said of what follows. */
  lost = false;
  #mode: Mode = "text";
  /** Grows with everything that is opened, so that two quotes of the same kind are told apart. */
  #serial = 0;
  #open: Element | undefined;
  #branches: Branch[] = [];
  #afterBorder = false;
  #tag: { name: string; attributes: Map<string, Attribute>; index: number } | undefined;
  #attribute: Attribute | undefined;
  #quote = '"';
  #piece: TextPiece = { kind: "text", parts: [] };
  #text = "";
  #at = 0;

  text(piece: TextPiece): void {
    this.#piece = piece;
    this.#text = textOf(piece);
    this.#at = 0;
    if (this.#text === "") return;
    if (this.#mode === "comment" && this.#afterBorder && /^[-!]{0,2}>/.test(this.#text))
      this.#slow("comment-end", 0);
    this.#afterBorder = false;
    while (this.#at < this.#text.length && !this.lost) this.#step();
  }

  border(piece: ValuePiece | BorderPiece): void {
    this.#afterBorder = true;
    const pattern = this.#borderFault();
    if (pattern !== undefined) this.#slowAt(pattern, piece);
    if (pattern !== undefined && this.#mode !== "tag" && this.#mode !== "unquoted") this.lost = true;
    if (this.#mode === "quoted" && this.#attribute) this.#attribute.dynamic ??= piece;
    if (piece.kind === "value") this.#value(piece);
    if (piece.kind === "branch")
      this.#branches.push({ mode: this.#mode, serial: this.#serial, open: this.#open });
    if (piece.kind === "end") this.#leaveBranch(piece);
  }

  end(last: Piece | undefined): void {
    if (last === undefined || (this.#mode === "text" && this.#open === undefined)) return;
    const origin = last.kind === "text" ? originIn(last, Math.max(0, textOf(last).length - 1)) : last;
    this.#slowAt("markup", origin, this.#open ? `<${this.#open.tag}> is never closed` : undefined);
  }

  #value(piece: ValuePiece): void {
    this.holders.set(piece, this.#open);
    if (piece.raw) this.#slowAt("raw-html", piece);
  }

  #borderFault(): SlowPattern | undefined {
    if (this.#mode === "tag") return "expression-in-tag";
    if (this.#mode === "unquoted") return "unquoted-attribute";
    if (this.#mode === "name") return "tag-name";
    if (this.#mode === "declaration") return "expression-in-declaration";
    if (this.#mode !== "raw") return undefined;
    if (this.#open?.tag === "style") return "expression-in-style";
    return this.#open?.tag === "script" ? "expression-in-declaration" : undefined;
  }

  #leaveBranch(piece: BorderPiece): void {
    const branch = this.#branches.pop();
    if (branch === undefined) return;
    const same = branch.mode === this.#mode && branch.open === this.#open;
    if (same && (this.#mode === "text" || this.#mode === "tag" || branch.serial === this.#serial)) return;
    this.#slowAt("unbalanced", piece);
    this.lost = true;
  }

  #step(): void {
    if (this.#mode === "text") this.#inText();
    else if (this.#mode === "tag") this.#inTag();
    else if (this.#mode === "quoted") this.#inQuotes();
    else if (this.#mode === "comment") this.#skipTo("-->");
    else if (this.#mode === "unquoted") this.#inUnquoted();
    else if (this.#mode === "raw") this.#inRaw();
    else this.lost = true;
  }

  #inText(): void {
    const start = this.#text.indexOf("<", this.#at);
    if (start < 0) {
      this.#at = this.#text.length;
      return;
    }
    this.#at = start;
    const rest = this.#text.slice(start, start + 9);
    if (/^<[a-zA-Z]/.test(rest)) this.#openTag();
    else if (rest.startsWith("</")) this.#closeTag();
    else if (rest.startsWith("<!--")) this.#comment();
    else if (/^<[!?]/.test(rest)) this.#declaration(rest);
    else if (rest === "<") this.#stop("name");
    else this.#at++;
  }

  #openTag(): void {
    const [whole = "", name = ""] =
      /^<([^ \t\n\f\r/>]+)(?=[ \t\n\f\r/>])/.exec(this.#text.slice(this.#at)) ?? [];
    if (whole === "") {
      this.#stop("name");
      return;
    }
    if (!/^[a-zA-Z][\w:.-]*$/.test(name)) this.#slow("markup", this.#at, `<${name}>`);
    this.#tag = { name: name.toLowerCase(), attributes: new Map(), index: this.#at };
    this.#mode = "tag";
    this.#serial++;
    this.#at += whole.length;
  }

  #inTag(): void {
    const rest = this.#text.slice(this.#at);
    const space = /^[ \t\n\f\r]+/.exec(rest)?.[0];
    if (space !== undefined) this.#at += space.length;
    else if (rest.startsWith(">")) this.#endTag(false);
    else if (rest.startsWith("/>")) this.#endTag(true);
    else this.#attributeIn(rest);
  }

  #attributeIn(rest: string): void {
    const [whole = "", name = "", equals] =
      /^([^ \t\n\f\r"'<>/=]+)([ \t\n\f\r]*=[ \t\n\f\r]*["']?)?/.exec(rest) ?? [];
    if (whole === "") {
      this.#slow("markup", this.#at, "this is no attribute");
      this.lost = true;
      return;
    }
    const attribute: Attribute = { name: name.toLowerCase(), text: "", dynamic: undefined };
    if (!this.#tag?.attributes.has(attribute.name)) this.#tag?.attributes.set(attribute.name, attribute);
    else this.#slow("markup", this.#at, `${attribute.name} stands twice`);
    this.#at += whole.length;
    if (equals !== undefined) this.#openValue(attribute, equals);
    else if (whole === rest) this.#stop("name");
  }

  #openValue(attribute: Attribute, equals: string): void {
    this.#attribute = attribute;
    this.#serial++;
    this.#quote = equals.at(-1) ?? "";
    this.#mode = this.#quote === '"' || this.#quote === "'" ? "quoted" : "unquoted";
  }

  #inQuotes(): void {
    const end = this.#text.indexOf(this.#quote, this.#at);
    const stop = end < 0 ? this.#text.length : end;
    if (this.#attribute) this.#attribute.text += this.#text.slice(this.#at, stop);
    this.#at = end < 0 ? stop : stop + 1;
    if (end >= 0) this.#mode = "tag";
  }

  #inUnquoted(): void {
    const value = /^[^\s>]*/.exec(this.#text.slice(this.#at))?.[0] ?? "";
    if (this.#attribute) this.#attribute.text += value;
    this.#at += value.length;
    if (this.#at < this.#text.length) this.#mode = "tag";
  }

  #endTag(closed: boolean): void {
    this.#at += closed ? 2 : 1;
    this.#mode = "text";
    const { name = "", attributes = new Map(), index = 0 } = this.#tag ?? {};
    const fault = tagFault(name, this.#open?.tag, closed);
    if (fault !== undefined) this.#slow("markup", Math.min(index, this.#at - 1), fault);
    const element: Element = { tag: name, attributes, parent: this.#open, childrenVary: undefined };
    this.elements.push(element);
    this.#noteBranch(element);
    if (isVoid(name)) return;
    this.#open = element;
    if (holdsRawText(name)) this.#mode = "raw";
    if (name === "style") this.#style(attributes);
  }

  /** A branch that holds an element decides what its parent holds. */
  #noteBranch({ tag, parent, attributes }: Element): void {
    const branch = this.#branches.at(-1);
    if (branch === undefined) return;
    const here = originIn(this.#piece, this.#at - 1);
    if (branch.open === parent && parent) parent.childrenVary ??= here;
    if (branch.open === parent && !parent) this.rootVaries ??= here;
    if (tag === "style") this.#slowAt("style-in-branch", here);
    if (tag === "link") {
      const text = [...attributes.values()]
        .map((attribute) => ` ${attribute.name}="${attribute.text}"`)
        .join("");
      this.linksInBranches.push({ ...here, tag: `<link${text}>` });
    }
  }

  #style(attributes: ReadonlyMap<string, Attribute>): void {
    const end = this.#text.slice(this.#at).search(/<\/style[\s>]/i);
    const css = end < 0 ? this.#text.slice(this.#at) : this.#text.slice(this.#at, this.#at + end);
    const media = attributes.get("media");
    if (media?.dynamic) this.#slowAt("expression-in-style", media.dynamic);
    if (attributes.has("data-embed") || !isForScreen(media?.text)) return;
    this.styles.push({ css, piece: this.#piece, index: this.#at });
  }

  #inRaw(): void {
    const tag = this.#open?.tag ?? "";
    const rest = this.#text.slice(this.#at);
    const end = rest.search(new RegExp(`</${tag}[\\s>]`, "i"));
    const text = end < 0 ? rest : rest.slice(0, end);
    // A "<" in a title could become its end together with a value.
    if ((tag === "title" || tag === "textarea") && text.includes("<"))
      this.#slow("markup", this.#at, `"<" in <${tag}>`);
    this.#at += text.length;
    if (end < 0) return;
    this.#mode = "text";
    this.#closeTag();
  }

  #closeTag(): void {
    const [whole = "", name = ""] = /^<\/([a-zA-Z][^\s>]*)\s*>/.exec(this.#text.slice(this.#at)) ?? [];
    const tag = name.toLowerCase();
    if (whole === "") this.#stop("name");
    else if (this.#open?.tag !== tag) this.#misnested(tag);
    else this.#leave(this.#open, whole);
  }

  #leave(element: Element, tag: string): void {
    const branch = this.#branches.at(-1);
    this.lost = branch?.mode === "text" && branch.open === element;
    if (this.lost) this.#slow("unbalanced", this.#at);
    this.#open = element.parent;
    this.#serial++;
    this.#at += tag.length;
  }

  #misnested(tag: string): void {
    this.#slow(
      "markup",
      this.#at,
      this.#open ? `</${tag}> where <${this.#open.tag}> is open` : `</${tag}> closes nothing`,
    );
    this.lost = true;
  }

  #comment(): void {
    this.#mode = "comment";
    this.#serial++;
    this.#at += 2;
    this.#skipTo("-->");
  }

  /** Parsers take `<!-->` for a whole comment, so the search starts at its own dashes. */
  #skipTo(mark: string): void {
    const end = this.#text.indexOf(mark, this.#at);
    this.#at = end < 0 ? this.#text.length : end + mark.length;
    if (end >= 0) this.#mode = "text";
  }

  #declaration(rest: string): void {
    // What follows "<!" is never taken for the end: "<!>" is not over yet.
    const end = this.#text.indexOf(">", this.#at + (rest.startsWith("<!") ? 3 : 2));
    if (/^<!(-|\[CDATA\[)/i.test(rest)) this.#slow("markup", this.#at);
    if (end < 0) this.#stop("declaration");
    else this.#at = end + 1;
  }

  /** The text ends inside something that is read as a whole. */
  #stop(mode: Mode): void {
    this.#mode = mode;
    this.#at = this.#text.length;
  }

  #slow(pattern: SlowPattern, index: number, detail?: string): void {
    this.#slowAt(pattern, originIn(this.#piece, index), detail);
  }

  #slowAt(pattern: SlowPattern, { key, place }: Origin, detail?: string): void {
    this.reasons.push(new SlowPath(pattern, { key, place }, detail));
  }
}
