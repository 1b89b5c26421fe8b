import { type FSWatcher, watch } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";

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
    // Something may have changed after it was looked at and before it is watched.
    this.#isChanged = true;
    try {
      const watcher = watch(folder, { persistent: false });
      this.#watchers.set(folder, watcher);
      watcher.on("error", () => this.close());
      watcher.on("change", (kind) => {
        this.#isChanged = true;
        // What came, went or moved may be the folder itself, and others are there by its name and those of the folders in it.
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
