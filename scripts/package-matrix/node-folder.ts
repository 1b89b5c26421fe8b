import { join } from "node:path";
import { cachedPackage } from "./cached-package.ts";

/** The folder with the `node` of a version, such as "22", from the npm registry's packages for this machine. */
export async function nodeFolder(version: string): Promise<string> {
  const { platform, arch } = process;
  const system = platform === "win32" ? "win" : platform;
  const range = version.includes(".") ? `~${version}` : version;
  return join(await cachedPackage(`node-${system}-${arch}`, range), "bin");
}
