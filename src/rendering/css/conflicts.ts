import { compareSources, compareWeight, type Source } from "./cascade.ts";
import { covers, type Declaration, overlaps } from "./declarations.ts";
import type { Selector } from "./selectors.ts";

/** What the rules of a page say of one of its elements. */
export interface Styled {
  /** What is written to it: rules that always hold, and its style attribute. */
  readonly own: readonly Source[];
  /** What stays in the head. */
  readonly kept: readonly Source[];
}

/**
 * What is written to an element wins over everything in the head that is not important. So that the same rule wins as before, what would
 * have won is made important in the head, and so is everything that in turn went before that; and what is important stays so on an
 * element where it is up against something important in the head.
 */
export class Conflicts {
  /** Declarations of the head that are made important, and rules that are in the head as well for that. */
  readonly insisted = new Set<Source>();
  /** What cannot win everywhere where it does in a browser that reads the page as it was written. */
  readonly unheard = new Set<Source>();
  /** What is written to an element with `!important`. */
  readonly #important = new Map<Styled, Set<Source>>();
  readonly #places: ReadonlyMap<Source, readonly Styled[]>;
  readonly #waiting: Source[] = [];
  #insistedOn: ReadonlyMap<Declaration, ReadonlySet<Selector | undefined>> | undefined;

  /** @param deciding what is in the head in any case */
  constructor(all: readonly Styled[], deciding: readonly Source[]) {
    this.#places = placesOf(all);
    for (const source of deciding) this.#insist(source);
    for (const styled of all) this.#settle(styled);
    for (let source = this.#waiting.pop(); source; source = this.#waiting.pop()) this.#goBefore(source);
  }

  /** Whether a declaration is written to an element with `!important`. */
  isImportant(styled: Styled, source: Source): boolean {
    if (source.selector === undefined && source.declaration.important) return true;
    return this.#important.get(styled)?.has(source) ?? false;
  }

  /** Whether a declaration is important in the head; of a rule that is written to elements, in its copy for one selector. */
  isInsisted(declaration: Declaration, selector?: Selector): boolean {
    this.#insistedOn ??= insistedOn(this.insisted);
    const selectors = this.#insistedOn.get(declaration);
    return selectors !== undefined && (selector === undefined || selectors.has(selector));
  }

  #settle(styled: Styled): void {
    for (const source of styled.kept)
      if (!source.declaration.important && wouldWin(source, styled.own)) this.#insist(source);
    const important = styled.kept.filter(({ declaration }) => declaration.important);
    if (important.length === 0) return;
    for (const own of styled.own)
      if (own.declaration.important) this.#settleImportant(styled, own, important);
  }

  #settleImportant(styled: Styled, own: Source, important: readonly Source[]): void {
    const rivals = important.filter((each) => meet(own, each));
    const wins = rivals.some((each) => compareWeight(own, each) > 0);
    if (wins) this.#stayImportant(styled, own);
  }

  /** Where it gives way to something important in the head too, their weights decide in the head, as before. */
  #stayImportant(styled: Styled, own: Source): void {
    const givesWay = styled.kept.some(
      (kept) => kept.declaration.important && meet(own, kept) && compareWeight(own, kept) < 0,
    );
    if (givesWay) this.#insist(own);
    else this.#keepImportant(styled, own);
  }

  #insist(source: Source): void {
    if (source.frozen) this.unheard.add(source);
    else if (!this.insisted.has(source)) {
      this.insisted.add(source);
      this.#waiting.push(source);
    }
  }

  /** On each element that it meets, what was said before it must be heard before it still. */
  #goBefore(source: Source): void {
    for (const styled of this.#places.get(source) ?? []) {
      for (const own of styled.own)
        if (own !== source && meet(own, source) && compareSources(own, source) > 0) {
          if (own.selector === undefined) this.#keepImportant(styled, own);
          else if (own.declaration.important) this.#stayImportant(styled, own);
          else this.#insist(own);
          // Made important, it may go before the other in the head, where their weights decide.
          if (this.insisted.has(own) && compareWeight(own, source) < 0) this.unheard.add(own);
        }
      for (const kept of styled.kept) {
        if (kept === source || !meet(kept, source) || compareSources(kept, source) < 0) continue;
        if (!kept.declaration.important) this.#insist(kept);
        else if (compareWeight(kept, source) < 0) this.unheard.add(kept);
      }
    }
  }

  #keepImportant(styled: Styled, own: Source): void {
    const known = this.#important.get(styled) ?? new Set();
    if (known.has(own)) return;
    this.#important.set(styled, known.add(own));
    // What was said to the element after it goes before it still.
    for (const other of styled.own)
      if (other !== own && meet(other, own) && compareSources(other, own) > 0)
        this.#keepImportant(styled, other);
  }
}

function insistedOn(sources: Iterable<Source>) {
  const found = new Map<Declaration, Set<Selector | undefined>>();
  for (const { declaration, selector } of sources)
    found.set(declaration, (found.get(declaration) ?? new Set()).add(selector));
  return found;
}

function placesOf(all: readonly Styled[]): ReadonlyMap<Source, readonly Styled[]> {
  const places = new Map<Source, Styled[]>();
  for (const styled of all)
    for (const source of [...styled.own, ...styled.kept]) {
      const known = places.get(source);
      if (known === undefined) places.set(source, [styled]);
      else known.push(styled);
    }
  return places;
}

/** Whether a declaration of the head, were it not in the head, would win over something that is written to the element. */
function wouldWin(source: Source, own: readonly Source[]): boolean {
  const rivals = own.filter((each) => meet(each, source));
  const { property } = source.declaration;
  const loses = rivals.some(
    (each) => covers(each.declaration.property, property) && compareSources(each, source) > 0,
  );
  return !loses && rivals.some((each) => compareSources(each, source) < 0);
}

function meet(one: Source, other: Source): boolean {
  const [property, another] = [one.declaration.property, other.declaration.property];
  // Custom properties are written to no element.
  return !property.startsWith("--") && overlaps(property, another);
}
