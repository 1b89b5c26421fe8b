import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export interface Bundle {
  readonly folder: string;
  /** Removes it. */
  close(): void;
}

/** Below the project, so that its packages are found. */
const HOME = fileURLToPath(new URL("../../.delayed-mailer", import.meta.url));

/** Makes one file of each process's sources. They are started again and again, and so in a third of the time. */
export async function bundleProcesses(): Promise<Bundle> {
  mkdirSync(HOME, { recursive: true });
  const folder = mkdtempSync(join(HOME, "stress-"));
  const close = () => rmSync(folder, { recursive: true, force: true });
  try {
    await build({
      entryPoints: ["worker", "producer", "editor", "mail-server", "lock-holder"].map((name) =>
        fileURLToPath(new URL(`../processes/${name}.ts`, import.meta.url)),
      ),
      ...{ outdir: folder, bundle: true, splitting: true, packages: "external", sourcemap: true },
      ...{ format: "esm", platform: "node", target: "node20" },
    });
    return { folder, close };
  } catch (error) {
    close();
    throw error;
  }
}
