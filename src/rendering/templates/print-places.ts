import type Handlebars from "handlebars";

/** What a template is compiled with, beside what Handlebars knows. */
export interface CompilerOptions {
  /** Whether a value that says nothing is an error. */
  readonly strict: boolean;
  /** Values are printed as they are: for text and subject. */
  readonly plain: boolean;
}

/** Handlebars' maker of code, as far as it is used here. It is not in its types. */
interface CodeMaker {
  readonly options: CompilerOptions;
  readonly source: { readonly currentLocation: hbs.AST.SourceLocation };
  aliasable(name: string): unknown;
  appendToBuffer(code: readonly unknown[]): unknown;
  popStack(): unknown;
  pushSource(code: unknown): void;
}

interface Makers {
  JavaScriptCompiler: new () => CodeMaker;
}

/** Lets `escapeExpression` know where what it prints stands, where that must be something, and whether it is for html. */
export function printWithPlaces(handlebars: typeof Handlebars): void {
  const makers = handlebars as unknown as Makers;
  class PlacingCompiler extends makers.JavaScriptCompiler {
    appendEscaped(): void {
      const { strict, plain } = this.options;
      const place = strict ? JSON.stringify(placeOf(this.source.currentLocation)) : "undefined";
      const print = [
        this.aliasable("container.escapeExpression"),
        "(",
        this.popStack(),
        ",",
        place,
        ",",
        plain,
        ")",
      ];
      this.pushSource(this.appendToBuffer(print));
    }
  }
  // With it the blocks of a template are compiled.
  Object.assign(PlacingCompiler.prototype, { compiler: PlacingCompiler });
  makers.JavaScriptCompiler = PlacingCompiler;
}

function placeOf({ source, start }: hbs.AST.SourceLocation): string {
  return `${start.line}:${start.column + 1}:${source}`;
}
