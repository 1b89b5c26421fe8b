import type { Catalogues } from "../languages/catalogues.ts";
import { absoluteKey } from "../languages/translation.ts";
import type { TemplateEngine } from "./template-engine.ts";
import { type HelperCallInTemplate, UNFIXED } from "./template-lint.ts";

export interface CallSurroundings {
  readonly engine: TemplateEngine;
  readonly catalogues: Catalogues;
  /** The file the call stands in, and its language. */
  readonly key: string;
  readonly tag: string | undefined;
}

/** What can be said of a call before there is any data: whether its fixed arguments fit, and whether its text is there. */
export function problemsOfCall(
  { name, args, named }: HelperCallInTemplate,
  { engine, catalogues, key, tag }: CallSurroundings,
): readonly string[] {
  if (![...args, ...Object.values(named)].includes(UNFIXED)) {
    const problems = engine.helper(name)?.problems(args, named) ?? [];
    if (problems.length > 0) return problems.map((problem) => `{{${name}}}: ${problem}`);
  }
  const [text] = args;
  if (!engine.isTranslation(name) || typeof text !== "string") return [];
  return catalogues.problemsOf({ key: absoluteKey(text, key), given: Object.keys(named), tag });
}
