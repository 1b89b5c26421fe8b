import type { Site } from "../inlining/expansion.ts";
import type { Fill } from "../templates/html-template.ts";
import {
  type Partials,
  partialOf,
  type Template,
  type TemplateEngine,
} from "../templates/template-engine.ts";
import { encodedPrograms } from "./encoded-program.ts";

/** A template with everything it includes, each call of a partial renamed to its site. */
export interface Sited {
  readonly program: hbs.AST.Program;
  readonly key: string;
  readonly sites: readonly Site[];
}

interface Making {
  readonly engine: TemplateEngine;
  readonly compile: (program: hbs.AST.Program, key: string) => Template;
}

/** A template that gives its output in quoted-printable: what is the same in all mails was encoded once. */
export class EncodedTemplate {
  readonly #engine: TemplateEngine;
  readonly #template: Template;
  readonly #partials: Partials;

  /** @returns undefined where the template cannot be encoded */
  static from({ program, key, sites }: Sited, making: Making): EncodedTemplate | undefined {
    const [main, ...others] = encodedPrograms([program, ...sites.map((site) => site.program)]) ?? [];
    if (main === undefined) return undefined;
    const partials = others.map((copy, index) => {
      const { name = "", key: from = "" } = sites[index] ?? {};
      return [name, partialOf(making.compile(copy, from))];
    });
    return new EncodedTemplate(making.engine, making.compile(main, key), Object.fromEntries(partials));
  }

  private constructor(engine: TemplateEngine, template: Template, partials: Partials) {
    this.#engine = engine;
    this.#template = template;
    this.#partials = partials;
  }

  /** @returns undefined where the values of this mail cannot be encoded one by one */
  fill(fill: Fill): string | undefined {
    return this.#engine.printing.encode(() => fill(this.#template, this.#partials));
  }
}
