import { type Dirent, type FSWatcher, type Stats, watch } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { errorMessage } from "../../errors/error-message.ts";
import { TemplateError } from "../../errors/errors.ts";
import type { TemplateEngine } from "./template-engine.ts";
import { TemplateSet } from "./template-set.ts";

export interface TemplateFolderOptions {
  readonly folder: string;
  readonly engine: TemplateEngine;
  /** Whether a change of a file counts for the next mail. */
  readonly development: boolean;
  readonly defaultLocale: string;
}

const READ = /\.(hbs|css)$|^locales\/.+\.json$/;

interface ReadFile {
  /** Changes when the file does. */
  readonly stamp: string;
  readonly text: string;
}

/** Reads the templates folder: once, or in development again whenever a file of it came, went or changed. */
export class TemplateFolder {
  readonly #folder: string;
  readonly #engine: TemplateEngine;
  readonly #development: boolean;
  readonly #defaultLocale: string;
  readonly #watch = new FolderWatch();
  #files: ReadonlyMap<string, ReadFile> = new Map();
  #set: TemplateSet | undefined;
  #looking: Promise<unknown> = Promise.resolve();
  /** A look that has not begun, for everybody who asks until it does. */
  #next: Promise<TemplateSet> | undefined;

  constructor({ folder, engine, development, defaultLocale }: TemplateFolderOptions) {
    this.#folder = folder;
    this.#engine = engine;
    this.#development = development;
    this.#defaultLocale = defaultLocale;
  }

  /**
   * As it is now. Mails that are made at once look together, and never at what was there before they asked.
   * @throws TemplateError when the folder cannot be read
   */
  current(): Promise<TemplateSet> | TemplateSet {
    if (this.#set !== undefined && !this.#development) return this.#set;
    this.#next ??= this.#queueLook();
    return this.#next;
  }

  async #queueLook(): Promise<TemplateSet> {
    await this.#looking;
    this.#next = undefined;
    const looking = this.#look();
    this.#looking = looking.catch(() => undefined);
    return looking;
  }

  async #look(): Promise<TemplateSet> {
    if (this.#set !== undefined && (await this.#watch.isUnchanged())) return this.#set;
    this.#watch.begin();
    const before = this.#files;
    const files = await this.#read(before).catch((error: unknown) => {
      this.#watch.close();
      throw error;
    });
    if (this.#set === undefined || !sameFiles(before, files)) this.#set = this.#newSet(files);
    return this.#set;
  }

  /** As `current`, and empty where there is no such folder: for mails that have their words from elsewhere. @throws TemplateError */
  async currentOrNone(): Promise<TemplateSet> {
    try {
      return await this.current();
    } catch (error) {
      const { cause } = error as { readonly cause?: NodeJS.ErrnoException };
      if (cause?.code !== "ENOENT") throw error;
      return this.#setOf(new Map());
    }
  }

  #newSet(files: ReadonlyMap<string, ReadFile>): TemplateSet {
    this.#files = files;
    return this.#setOf(new Map([...files].map(([key, { text }]) => [key, text])));
  }

  #setOf(texts: ReadonlyMap<string, string>): TemplateSet {
    return new TemplateSet({
      folder: this.#folder.split(sep).join("/"),
      files: texts,
      engine: this.#engine,
      defaultLocale: this.#defaultLocale,
    });
  }

  async #read(before: ReadonlyMap<string, ReadFile>): Promise<ReadonlyMap<string, ReadFile>> {
    const keys = await this.#list();
    const files = await Promise.all(
      keys.map(async (key) => [key, await this.#readFile(key, before.get(key))] as const),
    );
    return new Map(files.flatMap(([key, file]) => (file === undefined ? [] : [[key, file] as const])));
  }

  /** Templates, stylesheets and catalogues. Symbolic links are not followed, so nothing outside the folder is ever read. */
  async #list(): Promise<readonly string[]> {
    const entries = await this.#entries();
    if (this.#development) this.#watch.watch(foldersOf(this.#folder, entries));
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.#folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
      .filter((key) => READ.test(key))
      .sort();
  }

  async #entries(): Promise<readonly Dirent[]> {
    try {
      return await readdir(this.#folder, { recursive: true, withFileTypes: true });
    } catch (error) {
      throw new TemplateError(
        `The templates folder "${this.#folder}" cannot be read: ${errorMessage(error)}. Create it, or set the path of yours (DELAYED_MAILER_TEMPLATES).`,
        { cause: error },
      );
    }
  }

  async #readFile(key: string, before: ReadFile | undefined): Promise<ReadFile | undefined> {
    const path = join(this.#folder, key);
    try {
      const stamp = stampOf(await stat(path));
      if (before?.stamp === stamp) return before;
      const text = await readFile(path, "utf8");
      return { stamp, text: text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n") };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw new TemplateError(
        `The template ${path} cannot be read: ${errorMessage(error)}. See that it is there, and that this process may read it.`,
        {
          cause: error,
        },
      );
    }
  }
}

function foldersOf(folder: string, entries: readonly Dirent[]): ReadonlySet<string> {
  const below = entries.filter((entry) => entry.isDirectory());
  return new Set([folder, ...below.map(({ parentPath, name }) => join(parentPath, name))]);
}

function stampOf({ mtimeMs, ctimeMs, size }: Stats): string {
  return `${mtimeMs} ${ctimeMs} ${size}`;
}

function sameFiles(a: ReadonlyMap<string, ReadFile>, b: ReadonlyMap<string, ReadFile>): boolean {
  return a.size === b.size && [...a].every(([key, { stamp }]) => b.get(key)?.stamp === stamp);
}

/**
 * Hears of changes in folders, so that the disk is not asked when there were none. It keeps no process alive. Where changes cannot be
 * watched, or a file system does not tell of them, it is never sure for longer than a second.
 */
export class FolderWatch {
  readonly #watchers = new Map<string, FSWatcher>();
  #isChanged = true;
  #isSureUntil = 0;

  /**
   * Whether certainly nothing has changed since the look that ended with `watch`. A change is heard of when the event loop has gone
   * round, so this lets it do that first.
   */
  async isUnchanged(): Promise<boolean> {
    if (this.#isChanged || performance.now() > this.#isSureUntil) return false;
    await nextRound();
    return !this.#isChanged;
  }

  /** A look begins: what changes from now on is news to it. */
  begin(): void {
    this.#isChanged = false;
    this.#isSureUntil = performance.now() + SURE_MS;
  }

  /** A look has ended. @param folders all that it found */
  watch(folders: ReadonlySet<string>): void {
    for (const [folder, watcher] of this.#watchers) if (!folders.has(folder)) this.#drop(folder, watcher);
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#add(folder);
  }

  /** Nothing is known any more. */
  close(): void {
    this.#isChanged = true;
    for (const [folder, watcher] of this.#watchers) this.#drop(folder, watcher);
  }

  #add(folder: string): void {
    // A file may have changed after the folder was read and before it is watched.
    this.#isChanged = true;
    try {
      const watcher = watch(folder, { persistent: false });
      this.#watchers.set(folder, watcher);
      watcher.on("error", () => this.close());
      watcher.on("change", (kind) => {
        this.#isChanged = true;
        // The folder itself, or one in it, may have been moved, and another one may have its name now.
        if (kind === "rename") this.close();
      });
    } catch {
      // It is gone, or there are too many to watch: it is looked at each time.
    }
  }

  #drop(folder: string, watcher: FSWatcher): void {
    this.#watchers.delete(folder);
    watcher.close();
  }
}

const SURE_MS = 1_000;

/** Twice: the first may come in the middle of a round. Not by the global function, which an application's tests may have replaced. */
async function nextRound(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await nextTurn();
}
