import { withoutComments } from "./comments.ts";
import type { Declaration } from "./declarations.ts";
import type { Selector } from "./selectors.ts";
import type { KeptStatement, Sheet } from "./sheet.ts";

/** What stays of a stylesheet, and must be said with `!important` there, to win over what is written to elements. */
export interface Insistence {
  readonly isInsisted: (declaration: Declaration, selector?: Selector) => boolean;
  /** Whether a declaration that is written to elements is said in the head as well. */
  readonly isCopied: (declaration: Declaration) => boolean;
  /** Custom properties that are asked for in the head. */
  readonly isAskedFor: (property: string) => boolean;
}

/** The css of a style element, when its rules are written to the elements; empty where nothing is left. */
export function keptCss(sheet: Sheet, insistence: Insistence): string {
  const texts = sheet.statements.flatMap(({ inlined, kept }) => [
    ...(inlined?.selectors.flatMap((selector) => copyOf(selector, inlined.declarations, insistence)) ?? []),
    ...(kept ? [textOf(sheet, kept, insistence)] : []),
  ]);
  return texts.length === 0 ? "" : `\n${texts.join("\n")}\n`;
}

/** A rule that is written to elements is in the head too where it must win over what stays there. */
function copyOf(
  selector: Selector,
  declarations: readonly Declaration[],
  { isInsisted, isCopied, isAskedFor }: Insistence,
): readonly string[] {
  const said = declarations.flatMap((declaration) => {
    const { property, value } = declaration;
    if (property.startsWith("--")) return isAskedFor(property) ? [`${property}: ${value}`] : [];
    const isInsistedOn = isInsisted(declaration, selector);
    if (!isInsistedOn && !isCopied(declaration)) return [];
    return [`${property}: ${value}${isInsistedOn || declaration.important ? " !important" : ""}`];
  });
  return said.length === 0 ? [] : [`${selector.text} { ${said.join("; ")} }`];
}

function textOf(
  sheet: Sheet,
  { prelude, from, to, rules }: KeptStatement,
  { isInsisted }: Insistence,
): string {
  const { css, comments } = sheet;
  let text = prelude;
  let at = from;
  for (const { declarations } of rules)
    for (const declaration of declarations) {
      if (declaration.important || !isInsisted(declaration)) continue;
      text += `${withoutComments(css, at, declaration.end, comments).trimEnd()} !important`;
      at = declaration.end;
    }
  return text + withoutComments(css, at, to, comments);
}
