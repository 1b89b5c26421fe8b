/** A part of a selector between combinators, as juice's parser gives it. */
interface Part {
  readonly tag?: string;
  readonly id?: string;
  readonly classList?: readonly string[];
  readonly attributes?: readonly unknown[];
  readonly pseudos?: readonly { readonly name: string; readonly value?: string }[];
}

/** juice's class of selectors, as far as it is used here. */
export interface SelectorClass {
  new (text: string): ParsedSelector;
  readonly prototype: ParsedSelector;
}

interface ParsedSelector {
  /** Stands for a style attribute, which goes before all selectors. */
  readonly styleAttribute: boolean;
  parsed(): ArrayLike<Part>;
  specificity(): readonly number[];
}

const PSEUDO_ELEMENT = /^(before|after|first-line|first-letter)$/;

/**
 * juice counts `:first-child` as it counts the name of an element; in a browser it weighs as much as a class (Selectors 4, section 16),
 * and another rule may win.
 * @returns what `use` gives, which sees selectors weighed as browsers do
 */
export function weighedAsInBrowsers<T>(Selector: SelectorClass, use: () => T): T {
  const { prototype } = Selector;
  const { specificity } = prototype;
  const known = new WeakMap<ParsedSelector, readonly number[]>();
  prototype.specificity = function (this: ParsedSelector) {
    const found = known.get(this) ?? specificityOf(this, Selector);
    known.set(this, found);
    return found;
  };
  try {
    return use();
  } finally {
    prototype.specificity = specificity;
  }
}

function specificityOf(selector: ParsedSelector, Selector: SelectorClass): readonly number[] {
  let [ids, classes, names] = [0, 0, 0];
  for (const { id, tag, attributes = [], classList = [], pseudos = [] } of Array.from(selector.parsed())) {
    if (id) ids++;
    if (tag && tag !== "*") names++;
    classes += attributes.length + classList.length;
    for (const { name, value = "" } of pseudos) {
      const [, innerIds = 0, innerClasses = 0, innerNames = 0] =
        name === "not" ? specificityOf(new Selector(value), Selector) : [];
      ids += innerIds;
      classes += name === "not" ? innerClasses : PSEUDO_ELEMENT.test(name) ? 0 : 1;
      names += name === "not" ? innerNames : PSEUDO_ELEMENT.test(name) ? 1 : 0;
    }
  }
  return [selector.styleAttribute ? 1 : 0, ids, classes, names];
}
