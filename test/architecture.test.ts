import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { overridesOf, roomsOf } from "../scripts/layers.ts";

const rooms = roomsOf(readFileSync("ARCHITECTURE.md", "utf8"));

it("the linter holds every room to the table in ARCHITECTURE.md; npm run layers writes it", () => {
  const { overrides } = JSON.parse(readFileSync("biome.json", "utf8")) as { overrides: object[] };
  expect(overrides.slice(0, rooms.length)).toEqual(overridesOf(rooms));
});

it("the table in ARCHITECTURE.md names every folder and file of src", () => {
  expect(rooms.map(({ name }) => name).toSorted()).toEqual(readdirSync("src").toSorted());
});

it("a room may import neither a room above it nor a package of another", () => {
  const [low, high] = overridesOf([
    { name: "low", packages: [] },
    { name: "high", packages: ["pino"] },
  ]);
  expect(JSON.stringify(low)).toContain('"**/high/**"');
  expect(JSON.stringify(low)).toContain('"pino/**"');
  expect(JSON.stringify(high)).not.toMatch(/low\/|pino/);
});
