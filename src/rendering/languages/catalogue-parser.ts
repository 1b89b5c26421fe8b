import { placeOf, TemplateFault, type TemplateFile } from "../templates/template-problem.ts";

/** The texts of a catalogue: each a string, or a group of texts by name. */
export type Texts = ReadonlyMap<string, string | Texts>;

const SPACE = /\s*/y;
const TEXT = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;

/**
 * Reads a catalogue: JSON of which every value is a text or a group of texts. `JSON.parse` would say neither where a mistake is nor
 * that a key is there twice.
 * @throws TemplateFault
 */
export function parseCatalogue(file: TemplateFile): Texts {
  return new CatalogueParser(file).parse();
}

class CatalogueParser {
  readonly #file: TemplateFile;
  #index = 0;

  constructor(file: TemplateFile) {
    this.#file = file;
  }

  parse(): Texts {
    const texts = this.#group();
    this.#skipSpace();
    if (this.#index < this.#file.text.length) throw this.#fault("the file should end here");
    return texts;
  }

  #group(): Texts {
    const texts = new Map<string, string | Texts>();
    this.#take("{");
    if (this.#has("}")) return texts;
    do {
      this.#skipSpace();
      const start = this.#index;
      const key = this.#text('a name in "..." is expected here');
      if (texts.has(key)) throw this.#fault(`"${key}" is here twice`, start);
      if (key.includes("."))
        throw this.#fault(`"${key}" has a dot: dots separate the names of groups`, start);
      this.#take(":");
      texts.set(key, this.#value());
    } while (this.#has(","));
    this.#take("}");
    return texts;
  }

  #value(): string | Texts {
    this.#skipSpace();
    if (this.#file.text[this.#index] === "{") return this.#group();
    return this.#text('a text in "..." or a group of texts in {...} is expected here');
  }

  #text(expectation: string): string {
    TEXT.lastIndex = this.#index;
    const [token] = TEXT.exec(this.#file.text) ?? [];
    if (token === undefined) throw this.#fault(expectation);
    this.#index += token.length;
    return JSON.parse(token) as string;
  }

  #has(mark: string): boolean {
    this.#skipSpace();
    if (this.#file.text[this.#index] !== mark) return false;
    this.#index += 1;
    return true;
  }

  #take(mark: string): void {
    if (!this.#has(mark)) throw this.#fault(`"${mark}" is expected here`);
  }

  #skipSpace(): void {
    SPACE.lastIndex = this.#index;
    this.#index += SPACE.exec(this.#file.text)?.[0].length ?? 0;
  }

  #fault(message: string, index = this.#index): TemplateFault {
    return new TemplateFault(message, this.#file.key, placeOf(this.#file.text, index));
  }
}
