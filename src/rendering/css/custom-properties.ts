import type { Source } from "./cascade.ts";
import type { Styled } from "./conflicts.ts";
import { Variables } from "./variables.ts";

/** The custom properties of a page: their values are filled in, and they are gone, but for those that the head decides or asks for. */
export class CustomProperties {
  readonly values = new Variables();
  /** Set in the head under a condition, or by the value of one that is. */
  readonly #open: ReadonlySet<string>;
  readonly #asked = new Set<string>();
  readonly #definitions: ReadonlyMap<string, readonly string[]>;
  /** Declarations whose value the head decides: they must stand there too. */
  readonly deciding: readonly Source[];

  constructor(sources: readonly Source[], styled: readonly Styled[]) {
    const own = styled.flatMap((each) => each.own.filter(({ selector }) => selector === undefined));
    const custom = [...sources, ...own].filter(({ declaration }) => declaration.property.startsWith("--"));
    this.#definitions = definitionsOf(custom);
    this.#open = openOf(custom);
    this.deciding = sources.filter(
      ({ kept, declaration }) =>
        !kept && !declaration.property.startsWith("--") && this.isOpen(declaration.value),
    );
    this.askFor(sources.filter(({ kept }) => kept));
    this.askFor(own.filter(({ declaration }) => this.isOpen(declaration.value)));
  }

  /** Whether a value depends on what the head decides. */
  isOpen(value: string): boolean {
    return this.#open.size > 0 && variablesIn(value).some((name) => this.#open.has(name));
  }

  /** Makes what these ask for stay. */
  askFor(sources: Iterable<Source>): void {
    for (const { declaration } of sources) for (const name of variablesIn(declaration.value)) this.#ask(name);
  }

  isAskedFor(name: string): boolean {
    return this.#asked.has(name);
  }

  #ask(name: string): void {
    if (this.#asked.has(name)) return;
    this.#asked.add(name);
    for (const value of this.#definitions.get(name) ?? [])
      for (const inner of variablesIn(value)) this.#ask(inner);
  }
}

function definitionsOf(custom: readonly Source[]): ReadonlyMap<string, readonly string[]> {
  const definitions = new Map<string, string[]>();
  for (const { declaration } of custom) {
    const known = definitions.get(declaration.property) ?? [];
    definitions.set(declaration.property, known);
    known.push(declaration.value);
  }
  return definitions;
}

function openOf(custom: readonly Source[]): ReadonlySet<string> {
  const open = new Set(custom.filter(({ kept }) => kept).map(({ declaration }) => declaration.property));
  for (let size = -1; open.size > 0 && size !== open.size; ) {
    size = open.size;
    for (const { declaration } of custom)
      if (variablesIn(declaration.value).some((name) => open.has(name))) open.add(declaration.property);
  }
  return open;
}

/** The names that a value asks for by `var()`. */
function variablesIn(value: string): readonly string[] {
  if (!/var\(/i.test(value)) return [];
  return Array.from(value.matchAll(/var\(\s*(--[^\s,)]+)/gi), ([, name = ""]) => name);
}
