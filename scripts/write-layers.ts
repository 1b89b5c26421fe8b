// Writes the table of rooms in ARCHITECTURE.md into biome.json, so that a wrong import fails the linter: npm run layers
import { readFileSync, writeFileSync } from "node:fs";
import { overridesOf, roomsOf } from "./layers.ts";

const config = JSON.parse(readFileSync("biome.json", "utf8"));
const others = config.overrides.filter(
  ({ linter }: { linter: { rules?: { style?: object } } }) =>
    !("noRestrictedImports" in (linter.rules?.style ?? {})),
);
config.overrides = [...overridesOf(roomsOf(readFileSync("ARCHITECTURE.md", "utf8"))), ...others];
writeFileSync("biome.json", `${JSON.stringify(config, undefined, 2)}\n`);
