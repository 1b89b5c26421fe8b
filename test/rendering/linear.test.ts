import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { logEvents } from "../../src/app/log.ts";
import { Events } from "../../src/events.ts";
import { describeError } from "../../src/jobs/describe-error.ts";
import { mailbox } from "../../src/mail/addresses.ts";
import { checkedLabel } from "../../src/mail/attachment-label.ts";
import { checkedCalendar } from "../../src/mail/calendar.ts";
import { contentHeaders } from "../../src/mail/content-headers.ts";
import { oneAddress } from "../../src/mail/envelope.ts";
import { headerLine, phrasePieces, textPieces } from "../../src/mail/header-text.ts";
import { mergeHeaders } from "../../src/mail/headers.ts";
import { withCrlf } from "../../src/mail/line-ends.ts";
import { attachmentPart } from "../../src/mime/attachment-part.ts";
import { visibleHtml } from "../../src/previews/visible-html.ts";
import { inlineCss } from "../../src/rendering/css/inline-css.ts";
import { parseSheet } from "../../src/rendering/css/sheet.ts";
import { parseCatalogue } from "../../src/rendering/languages/catalogue-parser.ts";
import { oneLine } from "../../src/rendering/subject.ts";
import { TemplateEngine } from "../../src/rendering/templates/template-engine.ts";
import { kebabCase } from "../../src/rendering/templates/template-names.ts";
import { excerptOf, placeOf } from "../../src/rendering/templates/template-problem.ts";
import { TemplateSet } from "../../src/rendering/templates/template-set.ts";
import { textFromHtml } from "../../src/rendering/text/text-part.ts";
import { aMail } from "../support/mails.ts";

/** What somebody may give a reader of ours, as long as asked for; what it throws is as good as what it gives. */
type Input = (length: number) => string;

const of =
  (part: string, before = "", after = ""): Input =>
  (length) =>
    before + part.repeat(Math.ceil(length / part.length)) + after;

/** In ms of this process's own time, however busy the machine is. */
function timeOf(read: (text: string) => unknown, text: string): number {
  const before = process.cpuUsage();
  try {
    read(text);
  } catch {
    // Refused, which must not take long either.
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const ENOUGH_MS = 20;
const LONGEST = 2 ** 19;
const TIMES_LONGER = 4;

/** The least of three, because the memory that is cleared meanwhile may be of others. */
function leastTimeOf(read: (text: string) => unknown, text: string): number {
  return Math.min(...[1, 2, 3].map(() => timeOf(read, text)));
}

/** Work that grows with the text costs four times as much, work that grows with its square sixteen times. */
const LINEAR = 9;

/** A time that is measured while memory is cleared, or while others use the machine, is measured again; a square stays one. */
const TRIES = 6;

/** What a text that is four times as long costs, where the work is enough to be told from chance. */
function growthOf(read: (text: string) => unknown, input: Input): number {
  timeOf(read, input(1_000));
  for (let length = 4_000; length < LONGEST; length *= 2)
    if (timeOf(read, input(length)) >= ENOUGH_MS) return leastGrowth(read, input, length);
  return 1;
}

/** The short text is read before and after the long one: one slow reading of it does not pass for a small growth. */
function leastGrowth(read: (text: string) => unknown, input: Input, length: number): number {
  const short = input(length);
  const long = input(length * TIMES_LONGER);
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES && least >= LINEAR; tries++) {
    const before = leastTimeOf(read, short);
    const time = leastTimeOf(read, long);
    const shortest = Math.max(ENOUGH_MS, Math.min(before, leastTimeOf(read, short)));
    least = Math.min(least, time / shortest);
  }
  return least;
}

const TEXTS: readonly (readonly [string, Input])[] = [
  ["letters", of("a")],
  ["capitals", of("A")],
  ["spaces", of(" ", "a", "b")],
  ["tabs and new lines", of(" \t\n", "a", "b")],
  ["no-break spaces", of("\u00a0", "a", "b")],
  ["words", of("word ")],
  ["dots", of(".", "a")],
  ["at signs", of("@")],
  ["quotes", of('"')],
  ["backslashes", of("\\\\", '"')],
  ["opening brackets", of("(")],
  ["square brackets", of("[a")],
  ["less-than signs", of("<")],
  ["braces", of("{")],
  ["commas", of(",a")],
  ["slashes", of("/")],
  ["equals and question marks", of("=?")],
  ["letters outside ASCII", of("é漢")],
  ["lines", of("\n")],
  ["hyphens", of("-", "a")],
];

const HTML: readonly (readonly [string, Input])[] = [
  ["<a&b>", of("<a&b>")],
  // The parsers keep open elements in a list that they put new ones in front of, so depth is not free; no mail is deeper than it is long.
  ["elements that are never closed", of("<b>some words, and some more of them, as there are in a mail, ")],
  [
    "elements deep in each other",
    (length) => `${"<i>some words ".repeat(length / 64)}${"</i>".repeat(length / 64)}`,
  ],
  ["attributes", of(" a=b c d='e'", "<br", ">")],
  ["an attribute after the other in elements", of("<br b=c d>")],
  ["ends of links", of("<link ")],
  ["links", of('<link rel="stylesheet" href="gone.css">')],
  ["opening style elements", of("<style>")],
  ["style elements", of("<style>a{}</style>")],
  ["openings of comments", of("<!--")],
  ["comments", of("<!-- x -->")],
  ["entities", of("&nbsp;", "<p>a", "b</p>")],
  ["ampersands", of("&", "<p>")],
  ["paragraphs", of("<p>a</p>")],
  ["rows", of("<tr><td>a</td><td>b</td></tr>", "<table>", "</table>")],
  ["lists", of("<li>a</li>", "<ul>", "</ul>")],
  ["links to somewhere", of('<a href="https://x.test">a</a> ')],
  ["breaks", of("<br>")],
  ["style attributes", of('<p style="color: red; margin: 0">a</p>')],
];

const CSS: readonly (readonly [string, Input])[] = [
  ["openings of comments", of("/*")],
  ["comments", of("/* x */")],
  ["quotes", of('"')],
  ["lines with a quote", of('a{b:"\n')],
  ["urls that are never closed", of("url(")],
  ["brackets", of("(", "a:is")],
  ["opening braces", of("a{")],
  ["closing braces", of("}")],
  ["rules", of("a{b:c}")],
  ["rules with an important part", of("@media x{a{b:c!important}}")],
  ["declarations", of("b:c;", "a{", "}")],
  ["declarations without a colon", of("b c;", "a{", "}")],
  ["selectors", of(",a", "a", "{b:c}")],
  ["selectors that nobody knows", of(",a:foo", "a", "{b:c}")],
  ["a selector of many parts", of(">a", "a", "{b:c}")],
  ["at-rules", of("@x y;")],
  ["comments of html", of("<!--")],
];

function checkTemplate(html: string): void {
  const files = new Map([["m/a.html.hbs", html]]);
  const set = new TemplateSet({ folder: "t", files, engine: new TemplateEngine(), defaultLocale: "en" });
  set.check.problems();
  set.check.advice();
}

function log(message: string): void {
  const events = new Events();
  const output = new Writable({ write: (_line, _encoding, done) => done() });
  const stop = logEvents(events, { output, pretty: false });
  events.emit("worker.error", { worker: "w", during: "claim", error: new Error(message) });
  stop();
}

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  "log redaction": log,
  "the text of an error": (text) => describeError(new Error(text)),
  "the address parser": (text) => mailbox(text, "to"),
  "the address parser, behind a name": (text) => mailbox(`Ann <${text}@x.test>`, "to"),
  "the address parser, behind an at sign": (text) => mailbox(`ann@${text}`, "to"),
  "the addresses of an envelope": (text) => oneAddress(`${text}@x.test`),
  subjects: (text) => oneLine(text),
  "header text": (text) => headerLine("X-Note", textPieces(text, "X-Note")),
  "the names of mailboxes": (text) => headerLine("To", phrasePieces(text, "To")),
  headers: (text) => mergeHeaders({ "X-Note": text }),
  "the headers of lists and threads": (text) =>
    contentHeaders({ list: { id: `a.${text}`, unsubscribe: `https://x.test/${text}` }, inReplyTo: text }),
  "the id of an answered mail": (text) => contentHeaders({ inReplyTo: `<${text}@x>` }),
  "labels of attachments": (text) =>
    checkedLabel({ filename: "a", contentType: `text/plain; a=${text}`, cid: text }, "a"),
  attachments: (text) => attachmentPart({ filename: text.slice(0, 255), content: Buffer.from(text) }),
  invitations: (text) => checkedCalendar({ method: "REQUEST", content: `BEGIN:VCALENDAR\n${text}` }),
  "line ends": withCrlf,
  catalogues: (text) => parseCatalogue({ key: "locales/en.json", text: `{"a":"${text}` }),
  "names in kebab case": kebabCase,
  places: (text) => placeOf(text, text.length),
  excerpts: (text) => excerptOf(text, placeOf(text, text.length)),
  "values of templates": (value) => {
    const engine = new TemplateEngine();
    const template = engine.compile(engine.parse({ key: "a", text: "<p>{{value}}</p>" }), "html", {
      strict: true,
    });
    return engine.printing.collect(() => template({ value }));
  },
};

const READERS_OF_HTML: Readonly<Record<string, (html: string) => unknown>> = {
  "the text part": textFromHtml,
  inlining: (html) => inlineCss(`<style>p { color: red }</style>${html}`),
  "check, with html reader and template lint": (html) =>
    checkTemplate(`<style>p { color: red }</style>${html}`),
  previews: (html) => visibleHtml(aMail({ html })),
};

describe.each(Object.entries(READERS))("%s", (_name, read) => {
  it.each(TEXTS)("takes as much longer as there are more %s", (_what, input) => {
    expect(growthOf(read, input)).toBeLessThan(LINEAR);
  });
});

describe.each(Object.entries(READERS_OF_HTML))("%s", (_name, read) => {
  it.each([...HTML, ...TEXTS])("takes as much longer as there are more %s", (_what, input) => {
    expect(growthOf(read, input)).toBeLessThan(LINEAR);
  });
});

it("would find a reader that looks through the rest of a text again and again", () => {
  const read = (text: string) => /a+@a+/.test(text);
  expect(growthOf(read, of("a"))).toBeGreaterThan(LINEAR);
});

describe("the stylesheet reader", () => {
  it.each(CSS)("takes as much longer as there are more %s", (_what, input) => {
    expect(growthOf(parseSheet, input)).toBeLessThan(LINEAR);
  });
});

describe("the style attributes of a page", () => {
  it.each(CSS)("take as much longer as there are more %s", (_what, input) => {
    const read = (css: string) =>
      inlineCss(`<style>p { color: red }</style><p style="${css.replaceAll('"', "&quot;")}">x</p>`);
    expect(growthOf(read, input)).toBeLessThan(LINEAR);
  });
});
