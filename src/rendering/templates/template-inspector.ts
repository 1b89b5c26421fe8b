import { posix } from "node:path";
import { linkFaults } from "../css/stylesheets.ts";
import { fallbackTags } from "../languages/languages.ts";
import type { PartialTable } from "./partial-table.ts";
import type { Partials, TemplateEngine } from "./template-engine.ts";
import { type Format, parseKey, type TemplateFiles, tagOf } from "./template-files.ts";
import { inlineNames, type LintOptions, lintTemplate } from "./template-lint.ts";
import type { TemplateFault } from "./template-problem.ts";

export interface TemplateInspectorOptions {
  readonly files: TemplateFiles;
  readonly engine: TemplateEngine;
  readonly partials: PartialTable;
  readonly defaultLocale: string;
}

export interface Inspected {
  /** A tree nobody else has. */
  readonly program: hbs.AST.Program;
  readonly faults: readonly TemplateFault[];
}

/** Looks at templates before there is any data. */
export class TemplateInspector {
  readonly #options: TemplateInspectorOptions;
  #inlineNames: ReadonlySet<string> | undefined;

  constructor(options: TemplateInspectorOptions) {
    this.#options = options;
  }

  /**
   * @param problemsOfCall not asked when a mail is made: a text that German lacks must not stop an English mail
   * @throws TemplateFault when the file does not parse
   */
  inspect(key: string, format: Format, problemsOfCall: LintOptions["problemsOfCall"] = () => []): Inspected {
    const { files, engine } = this.#options;
    const file = files.file(key);
    const program = engine.parse(file);
    const partials = this.partialsOf(key, format);
    const hasPartial = (name: string) => Object.hasOwn(partials, name) || this.#isInlineName(name);
    const hasHelper = (name: string) => engine.hasHelper(name);
    const helperNames = () => engine.helperNames;
    const faults = lintTemplate(program, key, { hasHelper, helperNames, hasPartial, problemsOfCall });
    const css = format === "html" ? linkFaults(program, file, files.findStylesheet) : [];
    return { program, faults: [...faults, ...css] };
  }

  /** A new tree of a file; undefined when the file has faults. */
  faultless(key: string): hbs.AST.Program | undefined {
    try {
      const { program, faults } = this.inspect(key, "html");
      return faults.length === 0 ? program : undefined;
    } catch {
      // The file that includes this one reports the fault, if a mail's data leads there.
      return undefined;
    }
  }

  /** The partials that a file may include, in a mail of the file's language. A file for all languages gets those of the default language. */
  partialsOf(key: string, format: Format): Partials {
    const { partials, defaultLocale } = this.#options;
    const tags = fallbackTags(tagOf(key) ?? defaultLocale, defaultLocale);
    return partials.for({ folder: posix.dirname(key), format, tags });
  }

  #isInlineName(name: string): boolean {
    const keys = this.#options.files.keys();
    this.#inlineNames ??= new Set(keys.flatMap((key) => this.#inlineNamesOf(key)));
    return this.#inlineNames.has(name);
  }

  #inlineNamesOf(key: string): readonly string[] {
    if (parseKey(key) === undefined) return [];
    try {
      return inlineNames(this.#options.engine.parse(this.#options.files.file(key)));
    } catch {
      // A file that does not parse is reported on its own; it names no blocks.
      return [];
    }
  }
}
