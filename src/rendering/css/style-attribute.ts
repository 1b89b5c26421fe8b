import type { Element } from "domhandler";
import { decodeHTMLAttribute } from "entities";
import { compareSources, type Source } from "./cascade.ts";
import type { Conflicts, Styled } from "./conflicts.ts";
import { declarationsIn, maybeInvalid } from "./declarations.ts";
import type { Variables } from "./variables.ts";

/** What an element says of itself, as browsers read it. */
export function ownStyle({ attribs }: Element): readonly Source[] {
  const { style } = attribs;
  if (style === undefined) return [];
  const css = style.includes("&") ? decodeHTMLAttribute(style) : style;
  const base = { selector: undefined, sheet: undefined, layered: false, kept: false, frozen: false };
  return declarationsIn(css).map((declaration) => ({ ...base, declaration, order: declaration.index }));
}

/** The custom properties of an element's own, by the cascade. */
export function ownVariables(own: readonly Source[]): ReadonlyMap<string, string> {
  const custom = own.filter(({ declaration }) => declaration.property.startsWith("--"));
  return new Map(
    custom.toSorted(compareSources).map(({ declaration }) => [declaration.property, declaration.value]),
  );
}

export interface Written {
  readonly property: string;
  readonly value: string;
  readonly important: boolean;
}

export interface WritingOptions {
  readonly variables: Variables;
  readonly conflicts: Conflicts;
  readonly isAskedFor: (property: string) => boolean;
  /** Whether a value depends on what only the head decides. */
  readonly isOpen: (value: string) => boolean;
}

/** What is written to an element, the greatest last, so that a shorthand and its parts come out as by the cascade. */
export function writtenStyle(element: Element, styled: Styled, options: WritingOptions): readonly Written[] {
  let written: Written[] = [];
  for (const source of styled.own.toSorted(compareSources)) {
    const { declaration } = source;
    const { property } = declaration;
    // Of a rule it is in the head, where it is asked for.
    if (property.startsWith("--") && (source.selector !== undefined || !options.isAskedFor(property)))
      continue;
    const value = valueFor(source, element, options);
    const important = options.conflicts.isImportant(styled, source);
    if (!maybeInvalid({ property, value })) written = written.filter((each) => each.property !== property);
    written.push({ property, value, important });
  }
  return written;
}

/** What an element says of itself in such words, the head goes on deciding. */
function valueFor(
  { declaration, selector }: Source,
  element: Element,
  { variables, isOpen }: WritingOptions,
) {
  const { property, value } = declaration;
  const stays = property.startsWith("--") || (selector === undefined && isOpen(value));
  if (stays) return value;
  // A value that is none at this point is as if nothing had been said (Custom Properties 1, section 3.1).
  return variables.fill(value, element) ?? "unset";
}

/** As the text of an attribute between double quotes. */
export function styleText(written: readonly Written[]): string {
  const css = written
    .map(
      ({ property, value, important }) =>
        `${property}: ${singleQuoted(value)}${important ? " !important" : ""};`,
    )
    .join(" ");
  return css.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
}

/** Some mail programs read no entities in a style attribute. */
function singleQuoted(value: string): string {
  return value.includes("'") || value.includes("\\") ? value : value.replaceAll('"', "'");
}
