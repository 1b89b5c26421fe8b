import { existsSync, type FSWatcher, watch } from "node:fs";

/** Editors write a file in several steps, in ms. */
const SETTLE_MS = 60;

/** Calls back soon after something below one of the folders changed. @returns stop watching */
export function watchFolders(folders: readonly string[], onChange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const settle = () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, SETTLE_MS);
  };
  const watchers: FSWatcher[] = folders
    .filter((folder) => existsSync(folder))
    .map((folder) => watch(folder, { recursive: true }, settle).on("error", () => {}));
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
