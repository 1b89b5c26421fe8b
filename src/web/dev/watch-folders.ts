import { relative, sep } from "node:path";

/** Editors write a file in several steps, in ms. */
const SETTLE_MS = 60;

export interface WatchOptions {
  /** Files whose changes do not count. Defaults to none. */
  readonly passesOver?: RegExp | undefined;
  /** How long nothing must change until a change is told of, in ms. @default 60 */
  readonly settleMs?: number;
}

/**
 * Calls back soon after something below one of the folders changed, however it was saved; a folder may come later. Node's own recursive
 * `watch` loses a file on Linux when another is renamed over it, which is how many editors save (Node 20).
 * @returns stop watching
 */
export async function watchFolders(
  folders: readonly string[],
  onChange: () => void,
  { passesOver, settleMs = SETTLE_MS }: WatchOptions = {},
): Promise<() => void> {
  const { watch } = await import("chokidar");
  let timer: NodeJS.Timeout | undefined;
  const onEvent = () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, settleMs);
  };
  const watchers = folders.map((folder) =>
    watch(folder, {
      ignoreInitial: true,
      ignored: (path) => isOfPackages(relative(folder, path)) || passesOver?.test(path) === true,
    })
      // What cannot be watched is not followed; the page can be loaded anew, and the worker started.
      .on("error", () => undefined)
      .on("all", onEvent),
  );
  // Each by itself: a watcher of several is ready too early when one of its folders is not there.
  const ready = watchers.map(async (watcher) => {
    await new Promise<void>((done) => {
      watcher.once("ready", done);
    });
  });
  await Promise.all(ready);
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) void watcher.close();
  };
}

/** The folder itself may be within a package. */
function isOfPackages(path: string): boolean {
  return path.split(sep).includes("node_modules");
}
