import { describe, expect, it } from "vitest";
import { InvalidMailError } from "../../src/errors/errors.ts";
import type { MailContent } from "../../src/mail/content.ts";
import { contentHeaders } from "../../src/mail/headers.ts";
import { headOf } from "../../src/rendering/mail-head.ts";

describe("the headers of a mail's content", () => {
  it("says nothing of what a mail says nothing of", () => {
    expect(contentHeaders({})).toEqual({});
    expect(contentHeaders({ priority: "normal", tags: [], list: {}, references: [] })).toEqual({});
  });

  it("writes the thread a mail belongs to (RFC 5322 3.6.4)", () => {
    expect(contentHeaders({ inReplyTo: "2@x.test" })).toEqual({
      "In-Reply-To": "<2@x.test>",
      References: "<2@x.test>",
    });
    expect(contentHeaders({ inReplyTo: "<2@x.test>", references: ["<1@x.test>", "2@x.test"] })).toEqual({
      "In-Reply-To": "<2@x.test>",
      References: "<1@x.test> <2@x.test>",
    });
  });

  it("writes the list a mail belongs to (RFC 2369, RFC 2919)", () => {
    const list = {
      id: { name: "Weekly news", id: "weekly.news.x.test" },
      unsubscribe: ["https://x.test/u/1", "mailto:leave@x.test?subject=a,b"],
      help: "https://x.test/help",
      post: "NO",
      archive: "https://x.test/ärchive",
    };
    expect(contentHeaders({ list })).toEqual({
      "List-Id": "Weekly news <weekly.news.x.test>",
      "List-Unsubscribe": "<https://x.test/u/1>, <mailto:leave@x.test?subject=a%2Cb>",
      "List-Help": "<https://x.test/help>",
      "List-Post": "NO",
      "List-Archive": "<https://x.test/%C3%A4rchive>",
    });
  });

  it("promises one-click unsubscribing only with an https URL (RFC 8058)", () => {
    const unsubscribe = "https://x.test/u/1";
    expect(contentHeaders({ list: { unsubscribe, oneClick: true } })).toEqual({
      "List-Unsubscribe": "<https://x.test/u/1>",
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    });
    const mailto = { unsubscribe: "mailto:leave@x.test", oneClick: true };
    expect(() => contentHeaders({ list: mailto })).toThrow(/https: URL/);
    expect(() => contentHeaders({ list: { oneClick: true } })).toThrow(/https: URL/);
  });

  it("writes tags, metadata, priority and who wrote the mail", () => {
    expect(
      contentHeaders({
        tags: ["welcome", "on boarding"],
        metadata: { orderId: "7", "user-name": "Zoë" },
        priority: "high",
        autoSubmitted: "auto-generated",
      }),
    ).toEqual({
      "X-Tag": "welcome, on boarding",
      "X-Metadata-orderId": "7",
      "X-Metadata-user-name": "Zoë",
      "X-Priority": "1 (Highest)",
      "X-MSMail-Priority": "High",
      Importance: "High",
      "Auto-Submitted": "auto-generated",
    });
  });

  it.each<[string, unknown]>([
    ["a line break in a Message-ID", { inReplyTo: "<1@x.test>\r\nBcc: evil@x.test" }],
    ["two Message-IDs where one belongs", { inReplyTo: "<1@x.test> <2@x.test>" }],
    ["a Message-ID without its right side", { references: ["<1>"] }],
    ["an endless Message-ID", { references: [`<${"1".repeat(600)}@x.test>`] }],
    ["a line break in a list URL", { list: { unsubscribe: "https://x.test/\r\nBcc: evil@x.test" } }],
    ["a list URL that runs code", { list: { help: "javascript:alert(1)" } }],
    ["a list URL that is none", { list: { help: "x.test/help" } }],
    ["a list URL that no line has room for", { list: { help: `https://x.test/${"a".repeat(900)}` } }],
    ["a list id that is none", { list: { id: "weekly> <evil" } }],
    ["a list name with a line break", { list: { id: { name: "a\r\nBcc: evil@x.test", id: "a.b" } } }],
    ["tags that are no list", { tags: "welcome" }],
    ["a tag in two", { tags: ["a, b"] }],
    ["a tag with a line break", { tags: ["a\r\nBcc: evil@x.test"] }],
    ["an empty tag", { tags: [" "] }],
    ["metadata that is no text", { metadata: { id: 7 } }],
    ["a name of metadata with a colon", { metadata: { "a:\r\nBcc": "evil@x.test" } }],
    ["a priority that is a prototype's", { priority: "constructor" }],
    ["an unknown priority", { priority: "urgent" }],
    ["an unknown origin", { autoSubmitted: "no\r\nBcc: evil@x.test" }],
  ])("refuses %s", (_, content) => {
    expect(() => contentHeaders(content as MailContent)).toThrow(InvalidMailError);
  });

  it("lets the mail go before its mailer, and a header by hand before both", () => {
    const defaults = {
      from: "shop@x.test",
      list: { id: "weekly.x.test" },
      metadata: { team: "a", shop: "1" },
      tags: ["default"],
      priority: "high",
      headers: { Precedence: "bulk" },
    } as const;
    const spec = {
      to: "ann@x.test",
      list: { help: "https://x.test/help" },
      metadata: { team: "b" },
      tags: ["own"],
      headers: { "x-priority": "3" },
    };
    const head = headOf(spec, defaults, undefined);
    expect(head).toMatchObject({ tags: ["own"], metadata: { team: "b", shop: "1" } });
    expect(head.headers).toEqual({
      Precedence: "bulk",
      "List-Id": "<weekly.x.test>",
      "List-Help": "<https://x.test/help>",
      "X-Tag": "own",
      "X-Metadata-team": "b",
      "X-Metadata-shop": "1",
      "x-priority": "3",
      "X-MSMail-Priority": "High",
      Importance: "High",
    });
  });
});
