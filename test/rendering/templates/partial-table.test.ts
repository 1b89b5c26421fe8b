import { expect, it } from "vitest";
import { PartialTable } from "../../../src/rendering/templates/partial-table.ts";

const table = new PartialTable({
  keys: ["partials/a.hbs", "partials/a.de.hbs", "m/x.html.hbs", "m/x.fr.html.hbs"],
  render: (key) => () => key,
});
const including = (...tags: readonly string[]) => table.for({ folder: "m", format: "html", tags });

it("locales that find the same files share what is made from them, however many there are", () => {
  expect(including("de-AT", "de", "en")).toBe(including("de-CH-1996", "de-CH", "de", "en"));
  expect(including("es", "en")).toBe(including("it", "en"));
  expect(including("de", "en")).not.toBe(including("fr", "en"));
});

it("a partial is taken in the best language it is there in", () => {
  expect(including("de-AT", "de", "en").a?.({})).toBe("partials/a.de.hbs");
  expect(including("fr", "en").a?.({})).toBe("partials/a.hbs");
});
