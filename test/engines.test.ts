import { readFileSync } from "node:fs";
import { minVersion, satisfies } from "semver";
import { expect, it } from "vitest";

interface Installed {
  readonly dev?: boolean;
  readonly engines?: { readonly node?: string };
}

const { engines } = JSON.parse(readFileSync("package.json", "utf8")) as { engines: { node: string } };
const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
  packages: Record<string, Installed>;
};

it("every package that is installed with ours runs on the oldest Node that ours runs on, because yarn refuses others", () => {
  const oldest = minVersion(engines.node);
  const shipped = Object.entries(packages).filter(([folder, { dev }]) => folder !== "" && !dev);
  const refused = shipped.filter(([, { engines: own }]) => !satisfies(oldest ?? "", own?.node ?? "*"));
  expect(shipped.length).toBeGreaterThan(30);
  expect(refused.map(([folder, own]) => `${folder} wants Node ${own.engines?.node}`)).toEqual([]);
});
