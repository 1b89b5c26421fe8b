import { expect, it } from "vitest";
import { T } from "../../src/web/texts.ts";
import { wordsIn, wordsOfPages } from "../support/words-of-pages.ts";

/** Files that say something to programs and to whoever runs the server, and nothing on a page. */
const NO_PAGES =
  /^(?:texts|texts\/\w+|dev\/smtp-catcher|guards|listen|server-events|dashboard\/(?:openapi|access|redaction|board|client)|page\/(?:script|stylesheet))\.ts: /;
/** Words that are names, sizes and endings of files, or what a setting must be. */
const NAMES = /: (?:delayed-mailer|·? ?delayed-mailer|\.eml|UTC|must be .*|dashboard\(\) needs .*)$/;

it("are in one place: no page file says anything by itself", () => {
  const said = wordsOfPages("src/web").filter((line) => !NO_PAGES.test(line) && !NAMES.test(line));
  expect(said).toEqual([]);
});

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: they are sources
it.each([
  ["html`<h1>Jobs</h1>`", ["Jobs"]],
  ["html`<p>${count} of <b>${all}</b> left</p>`", ["of", "left"]],
  ['html`<input aria-label="Search jobs" class="wide one">`', ["Search jobs"]],
  ['html`<code>npx delayed-mailer</code>${html` aria-current="page"`}`', []],
  ['notice("There is none")', ["There is none"]],
  ['page({ title: "Jobs" })', ["Jobs"]],
  ['counted(2, "job", "jobs")', ["job", "jobs"]],
  ["say(`${count} jobs are gone`)", [" jobs are gone"]],
  ['if (state === "Some words") throw new StoreError("It is away")', []],
  ["html`<p>${T.jobs}</p>`", []],
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: they are sources
])("are found in %s", (source, words) => {
  expect(wordsIn(source)).toEqual(words);
});

it("are each said in one way only", () => {
  const texts = Object.values(T).filter((text) => typeof text === "string");
  const twice = texts.filter((text, index) => texts.indexOf(text) !== index);
  expect(twice).toEqual([]);
});
