import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { logEvents } from "../../src/app/log.ts";
import { dialectOf } from "../../src/cli/newsletter/audience/csv-dialect.ts";
import { headerOf } from "../../src/cli/newsletter/audience/csv-header.ts";
import { windowFlag } from "../../src/cli/newsletter/window-flag.ts";
import { withoutSecrets } from "../../src/errors/without-secrets.ts";
import { Events } from "../../src/events.ts";
import { describeError } from "../../src/jobs/describe-error.ts";
import { applicationPlace } from "../../src/jobs/source-place.ts";
import { mailbox, oneAddress } from "../../src/mail/addresses.ts";
import { checkedLabel } from "../../src/mail/attachment-label.ts";
import { checkedCalendar } from "../../src/mail/calendar.ts";
import { headerLine, phrasePieces, textPieces } from "../../src/mail/header-text.ts";
import { contentHeaders, mergeHeaders } from "../../src/mail/headers.ts";
import { withCrlf } from "../../src/mail/line-ends.ts";
import { attachmentPart } from "../../src/mime/attachment-part.ts";
import { Mentions } from "../../src/privacy/mentions.ts";
import { parseCatalogue } from "../../src/rendering/languages/catalogue-parser.ts";
import { oneLine } from "../../src/rendering/mail-head.ts";
import { TemplateEngine } from "../../src/rendering/templates/template-engine.ts";
import { kebabCase } from "../../src/rendering/templates/template-files.ts";
import { excerptOf, placeOf } from "../../src/rendering/templates/template-problem.ts";
import { CronTimes } from "../../src/schedules/cron.ts";
import { ReplyParser } from "../../src/transports/smtp/reply-parser.ts";
import { growthOf, LINEAR, of, TEXTS } from "../support/growth.ts";

function log(message: string): void {
  const events = new Events();
  const output = new Writable({ write: (_line, _encoding, done) => done() });
  const stop = logEvents(events, { output, pretty: false });
  events.emit("worker.error", { worker: "w", during: "claim", error: new Error(message) });
  stop();
}

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  "log redaction": log,
  "secrets in errors": withoutSecrets,
  "the place of an error": (text) => applicationPlace(`Error: ${text}\n    at (${text}\n    at x (/${text})`),
  "an address that is erased": (text) => new Mentions("ann@x.test").without(`${text}ann@x.test${text}`),
  "the columns of a table of recipients": (head) => {
    const text = { path: "a.csv", head, chunks: async function* () {} };
    headerOf({ ...text, encoding: "utf-8" }, dialectOf(head, undefined));
  },
  "windows of the command line": (text) => windowFlag(`mon 09:00-17:00 ${text}`),
  "cron expressions": (text) => new CronTimes("a schedule", `0 9 * * ${text}`, "UTC"),
  "replies of mail servers": (text) =>
    new ReplyParser().read(Buffer.from(`250-${text}\r\n`.repeat(8)), () => undefined),
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

describe.each(Object.entries(READERS))("%s", (_name, read) => {
  it.each(TEXTS)("takes as much longer as there are more %s", (_what, input) => {
    expect(growthOf(read, input)).toBeLessThan(LINEAR);
  });
});

it("would find a reader that looks through the rest of a text again and again", () => {
  const read = (text: string) => /a+@a+/.test(text);
  // The least of several readings counts, so a square may pass once by chance; it is looked at with twenty texts.
  expect([1, 2, 3].some(() => growthOf(read, of("a")) > LINEAR)).toBe(true);
});
