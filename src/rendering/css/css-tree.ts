import type { CssNode } from "css-tree";

import * as csstree from "css-tree/dist/csstree.esm";

export type { CssNode };

export const { generate, lexer, parse, tokenize, tokenTypes } = csstree;

/** Where a node stands in the text it was parsed from. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export function spanOf({ loc }: CssNode): Span {
  return { start: loc?.start.offset ?? 0, end: loc?.end.offset ?? 0 };
}
