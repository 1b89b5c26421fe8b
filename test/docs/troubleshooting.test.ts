import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const page = readFileSync("docs/troubleshooting.md", "utf8");
const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(join("src", file), "utf8"))
  .join("\n")
  // Texts that are written in pieces.
  .replace(/["`]\s*\+\s*["`]/g, "");

/** The first cell of each row, where it quotes something. */
const symptoms = Array.from(page.matchAll(/^\| `([^`]+)`/gm), ([, quoted = ""]) => quoted);

it("docs/troubleshooting.md has symptoms", () => expect(symptoms.length).toBeGreaterThan(12));

it.each(symptoms)("what docs/troubleshooting.md quotes is what is said: %s", (quoted) => {
  const written = quoted.replace("process.exit(0)", ["process.exit($", "{code})"].join(""));
  expect(sources).toContain(written);
});
