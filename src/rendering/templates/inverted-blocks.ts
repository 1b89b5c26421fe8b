import Handlebars from "handlebars";
import { offsetOf, type TemplateFile } from "./template-problem.ts";

/**
 * Reads `{{^coupon}}` as `{{#unless coupon}}`: both ask whether something is there, so neither fails where it is missing. Handlebars reads
 * it as the else of `{{#coupon}}`, of which it must be there.
 */
export class InvertedBlocks extends Handlebars.Visitor {
  readonly #text: string;
  readonly #hasHelper: (name: string) => boolean;

  constructor({ text }: TemplateFile, hasHelper: (name: string) => boolean) {
    super();
    this.#text = text;
    this.#hasHelper = hasHelper;
  }

  override BlockStatement(block: hbs.AST.BlockStatement): void {
    const { path, params, hash, program, inverse } = block;
    const isValue = params.length === 0 && hash === undefined && !this.#hasHelper(path.original.toString());
    if (isValue && this.#isInverted(block)) {
      const unless = { ...path, parts: ["unless"], original: "unless", depth: 0, data: false };
      Object.assign(block, { path: unless, params: [path], program: inverse, inverse: program });
    }
    super.BlockStatement(block);
  }

  #isInverted({ loc }: hbs.AST.BlockStatement): boolean {
    const at = offsetOf(this.#text, { line: loc.start.line, column: loc.start.column + 1 });
    return /^\{\{~?\^/.test(this.#text.slice(at, at + 4));
  }
}
