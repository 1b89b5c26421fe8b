import type { Declaration } from "./declarations.ts";
import { compareSpecificity, type Selector, type Specificity } from "./selectors.ts";
import type { Sheet } from "./sheet.ts";

/** A declaration with what it weighs, of one selector of its rule or of a style attribute. */
export interface Source {
  readonly declaration: Declaration;
  /** Absent in a style attribute, which goes before all selectors. */
  readonly selector: Selector | undefined;
  /** Where its rule stands; absent in a style attribute. */
  readonly sheet: Sheet | undefined;
  readonly layered: boolean;
  /** Whether its rule stays in the head: it holds under a condition. */
  readonly kept: boolean;
  /** Whether its text cannot be changed. */
  readonly frozen: boolean;
  /** Later ones are greater. */
  readonly order: number;
}

const STYLE_ATTRIBUTE: Specificity = [0, 0, 0];

/** Below 0 where the first gives way to the second, whether either is important left aside (Cascade 5, section 6). */
export function compareWeight(one: Source, other: Source): number {
  if (one.selector === undefined || other.selector === undefined)
    return (
      Number(one.selector === undefined) - Number(other.selector === undefined) || one.order - other.order
    );
  if (one.layered !== other.layered) {
    const first = one.layered ? -1 : 1;
    return one.declaration.important && other.declaration.important ? -first : first;
  }
  const { specificity = STYLE_ATTRIBUTE } = one.selector;
  return compareSpecificity(specificity, other.selector.specificity) || one.order - other.order;
}

export function compareSources(one: Source, other: Source): number {
  const importance = Number(one.declaration.important) - Number(other.declaration.important);
  return importance || compareWeight(one, other);
}
