import assert from "node:assert/strict";
import type { RenderedMail } from "../../src/mail/mail.ts";
import type { Learnt } from "../../src/transports/smtp/learnt-limit.ts";
import { SmtpTransport } from "../../src/transports/smtp/smtp-transport.ts";
import { parseSmtpUrl } from "../../src/transports/smtp/smtp-url.ts";
import type { Outcome, SendOptions } from "../../src/transports/transport.ts";
import { MAX_SIZE, type MailServer, REFUSED } from "./mail-servers.ts";
import { watchWire } from "./wire-watch.ts";

export interface Place {
  readonly server: MailServer;
  readonly port: number;
  /** What it announces. */
  readonly extensions: ReadonlySet<string>;
}

export interface Check {
  readonly name: string;
  /** @returns what there is to say of it, or why it does not apply. @throws AssertionError */
  run(place: Place): Promise<string>;
}

interface Sent {
  readonly outcomes: readonly Outcome[];
  readonly learnt: readonly Learnt[];
  readonly chained: number;
}

interface Sending {
  readonly connections?: number;
  readonly options?: SendOptions;
}

const LINES_WITH_DOTS = ".\n..\n.a line\n\n.\n";

function mailTo(address: string, changes: Partial<RenderedMail> = {}): RenderedMail {
  return {
    messageId: `<${Math.random().toString(36).slice(2)}@news.example>`,
    date: new Date(),
    from: { name: "", address: "news@news.example" },
    to: [{ name: "", address }],
    cc: [],
    bcc: [],
    replyTo: [],
    subject: "Conformance",
    text: `A text\n${LINES_WITH_DOTS}`,
    html: "<p>An html</p>",
    headers: {},
    ...changes,
  };
}

async function send(port: number, mails: readonly RenderedMail[], sending: Sending = {}): Promise<Sent> {
  const { connections = 3, options = {} } = sending;
  const wire = await watchWire(port);
  const learnt: Learnt[] = [];
  const url = `smtp://127.0.0.1:${wire.port}?starttls=never&connections=${connections}`;
  const transport = new SmtpTransport(parseSmtpUrl(url), {
    answer: 20_000,
    onLearnt: (each) => void learnt.push(each),
  });
  try {
    const outcomes = await Promise.all(mails.map((mail) => transport.send(mail, options)));
    return { outcomes, learnt, chained: wire.chained() };
  } finally {
    await transport.close();
    await wire.close();
  }
}

/** Every mail was taken, and each answer is one mail's own: the servers name the mail in it. */
function allTaken(outcomes: readonly Outcome[]): void {
  for (const { class: found, response } of outcomes) assert.equal(found, "sent", response);
  assert.equal(
    new Set(outcomes.map(({ response }) => response)).size,
    outcomes.length,
    "an answer came twice",
  );
}

function notConfused(learnt: readonly Learnt[]): void {
  const confused = learnt.find(({ limit }) => limit === "mails sent ahead");
  assert.equal(confused, undefined, confused?.reason);
}

const people = (count: number) =>
  Array.from({ length: count }, (_, index) => mailTo(`person${index}@example.com`));

const BULK = { bulk: true } as const;

export const CHECKS: readonly Check[] = [
  {
    name: "single mails",
    run: async ({ port }) => {
      const { outcomes, chained } = await send(port, people(30));
      allTaken(outcomes);
      assert.equal(chained, 0);
      return "30 taken";
    },
  },
  {
    name: "chained mails",
    run: async ({ port, extensions }) => {
      const { outcomes, learnt, chained } = await send(port, people(200), { options: BULK });
      allTaken(outcomes);
      notConfused(learnt);
      if (!extensions.has("PIPELINING")) {
        assert.equal(chained, 0);
        return "200 taken one after another: it does not announce PIPELINING";
      }
      assert.ok(chained > 100, `only ${chained} of 200 were chained`);
      return `200 taken, ${chained} of them chained`;
    },
  },
  {
    name: "refused recipients among chained mails",
    run: async ({ port }) => {
      const mails = Array.from({ length: 100 }, (_, index) =>
        mailTo(index % 5 === 0 ? REFUSED : `person${index}@example.com`),
      );
      const { outcomes, learnt } = await send(port, mails, { options: BULK });
      notConfused(learnt);
      allTaken(outcomes.filter((_, index) => index % 5 !== 0));
      const refused = outcomes.filter((_, index) => index % 5 === 0);
      for (const { class: found, code = 0, response } of refused)
        assert.ok(found === "rejected" && code >= 550 && code < 560, `${found}: ${response}`);
      return "20 refused and 80 taken, each its own";
    },
  },
  {
    name: "large mails, chained",
    run: async ({ port }) => {
      const text = `${"x".repeat(70)}\n`.repeat(3_500);
      const mails = Array.from({ length: 12 }, (_, index) => mailTo(`person${index}@example.com`, { text }));
      const { outcomes, learnt } = await send(port, mails, { options: BULK });
      allTaken(outcomes);
      notConfused(learnt);
      return "12 of 250 KB taken";
    },
  },
  {
    name: "a mail that is too large",
    run: async ({ port, extensions }) => {
      const text = `${"x".repeat(70)}\n`.repeat(MAX_SIZE / 60);
      const mails = [mailTo("ann@example.com", { text }), mailTo("bob@example.com")];
      const { outcomes } = await send(port, mails, { connections: 1 });
      const [large, small] = outcomes;
      assert.equal(large?.class, "rejected", large?.response);
      assert.equal(small?.class, "sent", small?.response);
      return extensions.has("SIZE") ? "refused before it is sent" : "refused by the server";
    },
  },
  {
    name: "addresses outside ASCII",
    run: async ({ port, extensions }) => {
      const { outcomes } = await send(port, [mailTo("jörg@example.com"), mailTo("ann@example.com")]);
      const [utf8, other] = outcomes;
      const isAnnounced = extensions.has("SMTPUTF8");
      assert.equal(utf8?.class, isAnnounced ? "sent" : "rejected", utf8?.response);
      assert.equal(other?.class, "sent", other?.response);
      return isAnnounced
        ? "taken, with SMTPUTF8"
        : "refused before it is sent: it does not announce SMTPUTF8";
    },
  },
  {
    name: "fewer connections than asked for",
    run: async ({ port, server: { mostConnections } }) => {
      if (mostConnections === undefined) return "it has no such limit";
      const mails = people(120);
      const { outcomes, learnt } = await send(port, mails, { connections: 10, options: BULK });
      allTaken(outcomes);
      notConfused(learnt);
      const limit = learnt.find((each) => each.limit === "connections");
      assert.ok(limit && limit.to <= mostConnections, "the limit was not learnt");
      return `120 taken over ${limit.to}`;
    },
  },
];
