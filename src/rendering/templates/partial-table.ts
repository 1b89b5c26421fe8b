import { posix } from "node:path";
import { splitTag } from "../languages/languages.ts";
import type { Partials } from "./template-engine.ts";
import { type Format, parseKey, partialName, templateKey } from "./template-files.ts";

export interface PartialTableOptions {
  /** The files of the templates folder. */
  readonly keys: readonly string[];
  /** How the file of a partial is rendered when a template includes it. */
  readonly render: (key: string, format: Format) => Partials[string];
}

/** From whose folder, for which part, in which languages (best first) a template includes others. */
export interface Including {
  readonly folder: string;
  readonly format: Format;
  readonly tags: readonly string[];
}

interface Candidate {
  readonly key: string;
  /** Without its language. */
  readonly name: string;
  readonly tag: string | undefined;
}

/** What templates may include by which name. */
export class PartialTable {
  readonly #keys: ReadonlySet<string>;
  /** The languages that some file is in. */
  readonly #tags: ReadonlySet<string>;
  readonly #render: PartialTableOptions["render"];
  readonly #tables = new Map<string, Partials>();
  readonly #keyOf = new WeakMap<Partials[string], string>();

  constructor({ keys, render }: PartialTableOptions) {
    this.#keys = new Set(keys);
    this.#tags = new Set(keys.flatMap((key) => splitTag(parseKey(key)?.name ?? "").tag ?? []));
    this.#render = render;
  }

  /** The partials next to a template go before all others, and those in a better language before those in a lesser. */
  for(including: Including): Partials {
    const { folder, format } = including;
    // Locales that find the same files share a table, and all that is made from it; there may be hundreds of them.
    const tags = including.tags.filter((tag) => this.#tags.has(tag));
    const id = `${format} ${tags.join()} ${folder}`;
    const table = this.#tables.get(id) ?? this.#collect({ folder, format, tags });
    this.#tables.set(id, table);
    return table;
  }

  /** The file a partial of these tables renders. */
  keyOf(partial: Partials[string]): string {
    const key = this.#keyOf.get(partial);
    if (key === undefined) throw new Error("The partial is of another folder.");
    return key;
  }

  #collect({ folder, format, tags }: Including): Partials {
    const shared: Record<string, Partials[string]> = {};
    const near: typeof shared = {};
    const candidates = [...this.#keys].flatMap((key) => this.#candidates(key, format));
    for (const tag of [undefined, ...tags.toReversed()])
      for (const { key, name } of candidates.filter((candidate) => candidate.tag === tag)) {
        const partial = this.#render(key, format);
        this.#keyOf.set(partial, key);
        shared[name] = partial;
        if (posix.dirname(key) === folder) near[posix.basename(name)] = partial;
      }
    return { ...shared, ...near };
  }

  /** By its whole name, which may look as if it ended in a language, and by its name in a language. */
  #candidates(key: string, format: Format): readonly Candidate[] {
    const named = parseKey(key);
    const whole = named && partialName(named.name);
    if (named === undefined || whole === undefined || (named.format ?? format) !== format) return [];
    if (named.format === undefined && this.#keys.has(templateKey(named.name, format))) return [];
    const { name, tag } = splitTag(whole);
    const asItIs = { key, name: whole, tag: undefined };
    return tag === undefined ? [asItIs] : [asItIs, { key, name, tag }];
  }
}
