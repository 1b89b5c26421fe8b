import { join } from "node:path";
import { afterAll } from "vitest";
import { type Bundle, bundle } from "./bundle.ts";

/**
 * Bundles TypeScript files of this project when the first of them is asked for, once for a test file, and removes that at its end.
 * @returns gives the JavaScript file of a script by its name, for `startBundled`
 */
export function useBundled(paths: readonly string[], prefix: string): (name: string) => string {
  let made: Bundle | undefined;
  afterAll(() => made?.close());
  return (name) => {
    made ??= bundle(paths, prefix);
    return join(made.folder, `${name}.js`);
  };
}
