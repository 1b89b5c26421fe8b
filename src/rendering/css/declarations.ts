import { memoize } from "../../memoize.ts";
import { type Comments, withoutComments } from "./comments.ts";
import { type CssNode, lexer, parse, spanOf } from "./css-tree.ts";

/** `color: red !important`. */
export interface Declaration {
  /** In small letters, unless it is a custom property. */
  readonly property: string;
  readonly value: string;
  readonly important: boolean;
  /** Where it begins in its text, and where its value ends. */
  readonly index: number;
  readonly end: number;
}

/**
 * A declaration of a rule; undefined for anything else, and for one without a value, which browsers skip.
 * @param comments of the text it stands in
 */
export function declarationOf(node: CssNode, css: string, comments: Comments): Declaration | undefined {
  if (node.type !== "Declaration") return undefined;
  const { property: name, important } = node;
  const span = spanOf(node.value);
  const value = withoutComments(css, span.start, span.end, comments).trim();
  const isCustom = name.startsWith("--");
  if (value === "" && !isCustom) return undefined;
  const { start } = spanOf(node);
  const { end } = span;
  const property = isCustom ? name : name.toLowerCase();
  return { property, value, important: important !== false, index: start, end };
}

/** What a style attribute says, as browsers read it. */
export const declarationsIn = memoize((style): readonly Declaration[] => {
  const comments: [number, number][] = [];
  const list = parse(style, {
    context: "declarationList",
    parseValue: false,
    positions: true,
    onComment: (_text, { start, end }) => comments.push([start.offset, end.offset]),
  });
  return list.type === "DeclarationList"
    ? list.children.toArray().flatMap((node) => declarationOf(node, style, comments) ?? [])
    : [];
});

/** Whether browsers may pass over a declaration because its value is none: then an earlier one counts. */
export function maybeInvalid({ property, value }: Pick<Declaration, "property" | "value">): boolean {
  return misread(`${property}:${value}`);
}

const misread = memoize((declaration): boolean => {
  const colon = declaration.indexOf(":");
  const { error } = lexer.matchProperty(declaration.slice(0, colon), declaration.slice(colon + 1));
  return error !== null && error.name === "SyntaxMatchError";
});

const BORDER = /^border(-(top|right|bottom|left))?(-(width|style|color))?$/;

/** Shorthands whose parts do not begin with their name. */
const PARTS: Readonly<Record<string, RegExp>> = {
  border: /^border-image/,
  "border-radius": /^border-.*-radius$/,
  font: /^line-height$/,
  "flex-flow": /^flex-(direction|wrap)$/,
  inset: /^(top|right|bottom|left)$/,
};

/** What begins with the name of a shorthand and is no part of it. */
const APART = /^(border-(radius|collapse|spacing)|flex-flow)$/;

/** Whether two properties set something in common: `margin` and `margin-left`, `border-color` and `border-top`. */
export function overlaps(one: string, other: string): boolean {
  if (one === other) return true;
  if (one.startsWith("--") || other.startsWith("--")) return false;
  if (one === "all" || other === "all") return true;
  if (BORDER.test(one) && BORDER.test(other)) return bordersMeet(one, other);
  return isPart(one, other) || isPart(other, one);
}

/** Whether what one property sets is set by another too. */
export function covers(shorthand: string, property: string): boolean {
  return shorthand === property || shorthand === "all" || isPart(property, shorthand);
}

function isPart(property: string, shorthand: string): boolean {
  if (PARTS[shorthand]?.test(property)) return true;
  return property.startsWith(`${shorthand}-`) && !APART.test(property) && !/-radius$/.test(property);
}

/** `border-top` and `border-left` do not, nor do `border-color` and `border-top-width`. */
function bordersMeet(one: string, other: string): boolean {
  const [, , side, , kind] = BORDER.exec(one) ?? [];
  const [, , otherSide, , otherKind] = BORDER.exec(other) ?? [];
  const sidesMeet = side === undefined || otherSide === undefined || side === otherSide;
  return sidesMeet && (kind === undefined || otherKind === undefined || kind === otherKind);
}
