import { decodeText, encodeText } from "../../mail/quoted-printable.ts";
import { inlineCss } from "../css/inline-css.ts";
import { type FindStylesheet, LinkedStylesheets } from "../css/stylesheets.ts";
import { expandTemplate, type TemplateSource } from "../inlining/expansion.ts";
import { inlineTemplate, type Stylesheets } from "../inlining/inline-template.ts";
import type { SlowPath, SlowPattern } from "../inlining/slow-path.ts";
import { EncodedTemplate } from "../prepared/encoded-template.ts";
import type { Skeleton } from "../printing.ts";
import { TextCache } from "../text/text-cache.ts";
import { textFromHtml } from "../text/text-part.ts";
import { type Partials, partialOf, type Template, type TemplateEngine } from "./template-engine.ts";
import { isLenient } from "./template-lint.ts";
import { TemplateFault, type TemplateFile } from "./template-problem.ts";

export interface HtmlTemplateOptions {
  readonly engine: TemplateEngine;
  readonly key: string;
  /** A tree nobody else has, with the layout around it. */
  readonly program: hbs.AST.Program;
  readonly source: TemplateSource;
  readonly stylesheets: () => Stylesheets;
  /** Compiles a tree as the file it is from is compiled. */
  readonly compile: (program: hbs.AST.Program, key: string) => Template;
}

/** What a template is filled with: as it is compiled, or with other partials. */
export type Fill = (template?: Template, partials?: Partials) => string;

/** With these, what is printed is not all that decides what becomes of it. */
const OPAQUE: readonly SlowPattern[] = [
  "block-helper",
  "dynamic-partial",
  "recursion",
  "decorator",
  "faulty-file",
];

/** An html template with its layout: its styles inlined once where that is proven, and its text part made once where it can be. */
export class HtmlTemplate {
  /** Why styles are inlined for every message; empty when they are not. */
  readonly reasons: readonly SlowPath[];
  /** Where inlining cannot do what a browser does. */
  readonly unheard: readonly TemplateFault[];
  /** Its html with every branch taken once and nothing filled in. */
  readonly fixedHtml: string;
  readonly #key: string;
  readonly #engine: TemplateEngine;
  readonly #inlined: { readonly template: Template; readonly partials: Partials } | undefined;
  readonly #encoded: EncodedTemplate | undefined;
  readonly #texts: TextCache | undefined;
  readonly #styled: boolean;

  constructor({ engine, key, program, source, stylesheets, compile }: HtmlTemplateOptions) {
    const expansion = expandTemplate(program, key, source);
    const { styled, reasons, fixedHtml, unheard } = inlineTemplate(expansion, stylesheets);
    this.fixedHtml = fixedHtml;
    this.#styled = styled;
    this.unheard = unheard;
    this.#key = key;
    this.#engine = engine;
    this.reasons = reasons;
    const opaque = expansion.reasons.some(({ pattern }) => OPAQUE.includes(pattern));
    if (!opaque) this.#texts = new TextCache();
    if (styled ? reasons.length > 0 : expansion.reasons.length > 0) return;
    this.#encoded = EncodedTemplate.from({ program, key, sites: expansion.sites }, { engine, compile });
    if (!styled) return;
    const partials = expansion.sites.map((site) => [site.name, partialOf(compile(site.program, site.key))]);
    this.#inlined = { template: compile(program, key), partials: Object.fromEntries(partials) };
  }

  /** The html with its styles inlined, in quoted-printable; undefined where only `html` gives it. */
  encodedHtml(fill: Fill): string | undefined {
    return this.#encoded?.fill(fill);
  }

  /** The text in quoted-printable. @param html of the same mail */
  encodedText(fill: Fill, html: () => string): string {
    const skeleton = this.#skeleton(fill);
    const prepared = skeleton && this.#texts?.encodedText(skeleton);
    return prepared ?? encodeText(this.text(fill, html));
  }

  /** The html of a mail with its styles inlined. */
  html(fill: Fill): string {
    const inlined = this.#inlined;
    if (inlined === undefined) return inlineCss(fill());
    const { text, html } = this.#engine.printing.watch(() => fill(inlined.template, inlined.partials));
    // A value that is html was not there when the styles were inlined.
    return html ? inlineCss(fill()) : text;
  }

  /**
   * The text of a mail that has no text template, made from its html with the styles inlined: they say what nobody sees.
   * @param html of the same mail
   */
  text(fill: Fill, html: () => string): string {
    const skeleton = this.#skeleton(fill);
    const prepared = skeleton && this.#texts?.text(skeleton);
    return prepared ?? textFromHtml(html());
  }

  /** The mail with its values apart; undefined where its text has to be made of the finished html. */
  #skeleton(fill: Fill): Skeleton | undefined {
    const inlined = this.#inlined;
    if (this.#texts === undefined || (this.#styled && inlined === undefined)) return undefined;
    return this.#engine.printing.collect(() => fill(inlined?.template, inlined?.partials));
  }

  /**
   * Makes html and text of a mail anew and compares them.
   * @throws TemplateFault where what was prepared once gives something else
   */
  verify(fill: Fill): void {
    const filled = fill();
    // When a helper returns another value at every call, two mails are never the same and cannot be compared.
    if (fill() !== filled) return;
    const anew = inlineCss(filled);
    const html = () => this.html(fill);
    this.#compare("styles inlined once", html(), anew);
    this.#compare("a text made once", this.text(fill, html), textFromHtml(anew));
    const encoded = this.encodedHtml(fill);
    if (encoded !== undefined) this.#compare("html encoded once", decodeText(encoded), html());
    const encodedText = decodeText(this.encodedText(fill, html));
    this.#compare("a text encoded once", encodedText, this.text(fill, html));
  }

  #compare(what: string, once: string, anew: string): void {
    if (once === anew) return;
    let at = 0;
    while (once[at] === anew[at]) at += 1;
    const [got, expected] = [once, anew].map((text) => JSON.stringify(text.slice(at, at + 40)));
    const message = `${what} would give ${got} where this mail made by itself has ${expected}; a fault of delayed-mailer: report it with the template`;
    throw new TemplateFault(message, this.#key, { line: 1, column: 1 }, { kind: "values" });
  }
}

export interface HtmlTemplatesOptions {
  readonly engine: TemplateEngine;
  readonly file: (key: string) => TemplateFile;
  /** A new tree of a file; undefined when the file has faults. */
  readonly faultless: (key: string) => hbs.AST.Program | undefined;
  /** The file that a partial renders. */
  readonly keyOf: (partial: Partials[string]) => string;
  readonly find: FindStylesheet;
}

/** One way a mail is made: its template, the layout around it, and what both include. */
export interface Composition {
  readonly key: string;
  readonly layout: string | undefined;
  readonly partials: Partials;
}

/** The html templates of one folder, each prepared at its first use. */
export class HtmlTemplates {
  readonly #options: HtmlTemplatesOptions;
  readonly #made = new Map<Partials, Map<string, HtmlTemplate>>();

  constructor(options: HtmlTemplatesOptions) {
    this.#options = options;
  }

  get(composition: Composition): HtmlTemplate {
    const { key, layout, partials } = composition;
    const made = this.#made.get(partials) ?? new Map<string, HtmlTemplate>();
    this.#made.set(partials, made);
    const id = `${key} ${layout ?? ""}`;
    const template = made.get(id) ?? this.#make(composition);
    made.set(id, template);
    return template;
  }

  #make({ key, layout, partials }: Composition): HtmlTemplate {
    const { engine, file, faultless, keyOf, find } = this.#options;
    const program = engine.parse(file(key));
    return new HtmlTemplate({
      engine,
      key,
      program: layout === undefined ? program : engine.wrap(program, `layouts/${layout}`),
      source: {
        partial: (name) => {
          const partial = Object.hasOwn(partials, name) ? partials[name] : undefined;
          return partial && file(keyOf(partial));
        },
        parse: (included) => faultless(included.key),
        hasHelper: (name) => engine.hasHelper(name),
        givesHtml: (name) => engine.helper(name)?.html === true,
      },
      stylesheets: () => new LinkedStylesheets(find),
      compile: (tree, from) => engine.compile(tree, "html", { strict: !isLenient(file(from).text) }),
    });
  }
}
