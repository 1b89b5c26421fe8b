import type { TemplateProblem } from "../../errors/errors.ts";
import { CLIPPED_OVER, clippedBytes, inKilobytes } from "../clipping.ts";
import { notesOfCss, styleNotes } from "../css/stylesheets.ts";
import type { SlowPath } from "../inlining/slow-path.ts";
import type { Catalogues } from "../languages/catalogues.ts";
import { nameFault } from "./file-name-faults.ts";
import { problemsOfCall } from "./helper-call-problems.ts";
import type { HtmlTemplates } from "./html-template.ts";
import { parseFault } from "./parse-fault.ts";
import type { TemplateEngine } from "./template-engine.ts";
import { type Format, parseKey, partialName, type TemplateFiles, tagOf } from "./template-files.ts";
import type { TemplateInspector } from "./template-inspector.ts";
import { TemplateFault } from "./template-problem.ts";

export interface TemplateCheckOptions {
  readonly files: TemplateFiles;
  readonly engine: TemplateEngine;
  readonly catalogues: Catalogues;
  readonly inspector: TemplateInspector;
  readonly html: HtmlTemplates;
  /** Compiles a file by itself. @throws TemplateFault */
  readonly compile: (key: string, format: Format) => void;
}

/** What can be said of a templates folder without any data. */
export class TemplateCheck {
  readonly #options: TemplateCheckOptions;

  constructor(options: TemplateCheckOptions) {
    this.#options = options;
  }

  /** Everything that is wrong. */
  problems(): readonly TemplateProblem[] {
    const { files, catalogues } = this.#options;
    const faults = files.keys().flatMap((key) => this.#faultsOf(key));
    return unique([...faults, ...catalogues.faults()].map((fault) => files.problemOf(fault)));
  }

  /**
   * What browsers skip in stylesheets; where styles are inlined for every message, and why, and which mails are longer than Gmail shows:
   * each mail alone and with each layout.
   */
  advice(): readonly TemplateProblem[] {
    const { files, inspector } = this.#options;
    const keys = files.keys().filter((key) => parseKey(key)?.format === "html");
    const layouts = keys.flatMap((key) => /^layouts\/(.+)\.html\.hbs$/.exec(key)?.[1] ?? []);
    const slow = keys
      .filter((key) => partialName(parseKey(key)?.name ?? "") === undefined && inspector.faultless(key))
      .flatMap((key) => [undefined, ...layouts].flatMap((layout) => this.#adviceOn(key, layout)));
    return unique([...this.#cssNotes(), ...slow].map((fault) => files.problemOf(fault)));
  }

  /** What browsers skip in stylesheets, and what stays in the head though nothing there can be known only later. */
  #cssNotes(): readonly TemplateFault[] {
    const { files, inspector } = this.#options;
    return files.keys().flatMap((key) => {
      if (key.endsWith(".css")) return notesOfCss(files.file(key));
      const program = parseKey(key)?.format === "html" ? inspector.faultless(key) : undefined;
      return program === undefined ? [] : styleNotes(program, files.file(key));
    });
  }

  #adviceOn(key: string, layout: string | undefined): readonly TemplateFault[] {
    const { inspector, html } = this.#options;
    const partials = inspector.partialsOf(key, "html");
    const { reasons, fixedHtml, unheard } = html.get({ key, layout, partials });
    const bytes = clippedBytes(fixedHtml);
    const advised = this.#notAboutOwnHelpers(reasons);
    if (bytes === undefined) return [...unheard, ...advised];
    const within = layout === undefined ? "" : ` in layouts/${layout}`;
    const message = `the html${within} is ${inKilobytes(bytes)} before values are filled in, and Gmail shows ${inKilobytes(CLIPPED_OVER)}`;
    return [...unheard, ...advised, new TemplateFault(message, key, { line: 1, column: 1 })];
  }

  /** Leaves out advice against helpers of this library, because they are there to be used. */
  #notAboutOwnHelpers(reasons: readonly SlowPath[]): readonly SlowPath[] {
    const { engine } = this.#options;
    const isOwn = ({ pattern, detail }: SlowPath) =>
      pattern === "html-helper" && detail !== undefined && engine.isStandard(detail);
    const places = new Set(reasons.filter(isOwn).map(placeOfReason));
    return reasons.filter((reason) => !places.has(placeOfReason(reason)));
  }

  #faultsOf(key: string): readonly TemplateFault[] {
    const { files, engine, catalogues, inspector, compile } = this.#options;
    const wrongName = nameFault(key, files);
    if (wrongName !== undefined) return [wrongName];
    if (key.endsWith(".json")) return [];
    const named = parseKey(key);
    if (named === undefined) return [];
    const format = named.format ?? "html";
    const dependencies = { engine, catalogues, key, tag: tagOf(key) };
    try {
      const { faults } = inspector.inspect(key, format, (call) => problemsOfCall(call, dependencies));
      if (faults.length === 0) compile(key, format);
      return faults;
    } catch (error) {
      return [error instanceof TemplateFault ? error : parseFault(files.file(key), error)];
    }
  }
}

function placeOfReason({ key, place }: SlowPath): string {
  return `${key}:${place.line}:${place.column}`;
}

/** A stylesheet is looked at on its own and with each layout that links to it. */
function unique(problems: readonly TemplateProblem[]): readonly TemplateProblem[] {
  return [...new Map(problems.map((problem) => [Object.values(problem).join("\n"), problem])).values()];
}
