import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

export interface Bundle {
  readonly folder: string;
  /** Removes it. */
  close(): void;
}

/** Below the project, so that its packages are found. */
const HOME = fileURLToPath(new URL("../../.delayed-mailer", import.meta.url));

/**
 * Makes a JavaScript file of each script and all it imports, which starts in a quarter of the time that TypeScript takes.
 * @param prefix of the folder's name
 */
export function bundle(scripts: readonly string[], prefix: string): Bundle {
  mkdirSync(HOME, { recursive: true });
  const folder = mkdtempSync(join(HOME, prefix));
  const close = () => rmSync(folder, { recursive: true, force: true });
  try {
    buildSync({
      ...{ entryPoints: [...scripts], outdir: folder, entryNames: "[name]", bundle: true, splitting: true },
      ...{ packages: "external", sourcemap: true, format: "esm", platform: "node", target: "node20" },
      // Mailers are imported for nothing but what they register, whatever the package says of its own files.
      ignoreAnnotations: true,
    });
    return { folder, close };
  } catch (error) {
    close();
    throw error;
  }
}
