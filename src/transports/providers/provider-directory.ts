import { setTimeout as sleep } from "node:timers/promises";
import { domainToASCII } from "node:url";
import { knownProvider } from "./known-providers.ts";

/** Names the provider of a domain that the table does not know, by its mail servers for one. Nothing means that it is its own. */
export type ProviderOf = (domain: string) => string | undefined | Promise<string | undefined>;

export interface ProviderDirectoryOptions {
  /** Providers and their domains, before those of the table: `{ corp: ["corp.example", "*.corp.example"] }`. @default {} */
  readonly providers?: Readonly<Record<string, readonly string[]>>;
  readonly providerOf?: ProviderOf | undefined;
  /** `providerOf` threw, or took too long; the domain is its own provider for a while. */
  readonly onError?: (error: unknown) => void;
  /** How long `providerOf` may take, in ms. @default 5_000 */
  readonly patienceMs?: number;
  /** How many answers of `providerOf` are kept. @default 10_000 */
  readonly mostKept?: number;
}

/** How long a domain is its own provider after `providerOf` failed for it, in ms. */
const FAILED_MS = 60_000;

/** Which mail provider takes the mail of a domain. */
export class ProviderDirectory {
  readonly #options: Required<Omit<ProviderDirectoryOptions, "providerOf">>;
  readonly #providerOf: ProviderOf | undefined;
  readonly #exact = new Map<string, string>();
  readonly #suffixes: (readonly [suffix: string, provider: string])[] = [];
  /** What `providerOf` said or is being asked, the longest unused first. */
  readonly #asked = new Map<string, string | Promise<string>>();

  constructor({ providerOf, ...options }: ProviderDirectoryOptions = {}) {
    this.#options = {
      providers: {},
      onError: () => undefined,
      patienceMs: 5_000,
      mostKept: 10_000,
      ...options,
    };
    this.#providerOf = providerOf;
    for (const [provider, domains] of Object.entries(this.#options.providers))
      for (const domain of domains) this.#add(provider, domain);
  }

  /** @param domain as it stands in an address. Resolves only where `providerOf` has to be asked, and never rejects */
  of(domain: string): string | Promise<string> {
    const name = normalized(domain);
    return this.#found(name) ?? this.#answered(name);
  }

  /** The provider as far as it is known without asking anybody; else the domain. */
  known(domain: string): string {
    const provider = this.of(domain);
    return typeof provider === "string" ? provider : normalized(domain);
  }

  #add(provider: string, domain: string): void {
    if (domain.startsWith("*.")) this.#suffixes.push([`.${normalized(domain.slice(2))}`, provider]);
    else this.#exact.set(normalized(domain), provider);
  }

  #found(name: string): string | undefined {
    const given = this.#exact.get(name) ?? this.#suffixes.find(([suffix]) => name.endsWith(suffix))?.[1];
    if (given !== undefined) return given;
    return knownProvider(name) ?? (this.#providerOf === undefined ? name : undefined);
  }

  #answered(name: string): string | Promise<string> {
    const known = this.#asked.get(name);
    if (known !== undefined) {
      this.#asked.delete(name);
      this.#asked.set(name, known);
      return known;
    }
    const answer = this.#ask(name);
    this.#asked.set(name, answer);
    const oldest = this.#asked.size > this.#options.mostKept ? this.#asked.keys().next().value : undefined;
    if (oldest !== undefined) this.#asked.delete(oldest);
    return answer;
  }

  async #ask(name: string): Promise<string> {
    const { onError, patienceMs } = this.#options;
    const over = new AbortController();
    try {
      const tooLong = sleep(patienceMs, undefined, { signal: over.signal }).then(() => {
        throw new Error(`providerOf took longer than ${patienceMs} ms for ${name}`);
      });
      tooLong.catch(() => undefined);
      const answer = await Promise.race([this.#providerOf?.(name), tooLong]);
      const provider = typeof answer === "string" && answer !== "" ? answer : name;
      this.#remember(name, provider);
      return provider;
    } catch (error) {
      onError(error);
      this.#remember(name, name);
      setTimeout(() => this.#asked.delete(name), FAILED_MS).unref();
      return name;
    } finally {
      over.abort();
    }
  }

  /** Unless it was dropped meanwhile, because so many others were asked for. */
  #remember(name: string, provider: string): void {
    if (this.#asked.has(name)) this.#asked.set(name, provider);
  }
}

/** Addresses may spell one domain in several ways. */
function normalized(domain: string): string {
  const lower = domain.toLowerCase();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is ASCII needs no conversion
  const ascii = /^[\x00-\x7f]*$/.test(lower) ? lower : domainToASCII(lower) || lower;
  // Last, because other scripts have dots of their own.
  return ascii.replace(/\.$/, "");
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
}
