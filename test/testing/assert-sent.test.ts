import { describe, expect, it } from "vitest";
import {
  anything,
  assertNothingOutgoing,
  assertNothingSent,
  assertNotSent,
  assertSent,
  assertSentCount,
  like,
  where,
} from "../../src/testing/index.ts";
import { openShop, ShopMailer, textOf } from "./shop.ts";

const NINE = new Date("2026-03-01T09:00:00Z");

describe("assertSent", () => {
  it("holds for a mail of the action, with the arguments, and with what is asked of the mail", async () => {
    await openShop();
    await ShopMailer.with({ company: "Harbour" }).welcome("ann@example.com", "Ann").deliver();
    await ShopMailer.remind("ann@example.com", NINE, 10n, { items: ["a", "b"] }).deliver();
    assertSent(ShopMailer, "welcome");
    assertSent(ShopMailer, "welcome", ["ann@example.com", "Ann"]);
    assertSent(ShopMailer, "welcome", { subject: "Welcome, Ann", params: { company: "Harbour" } });
    assertSent(ShopMailer, "welcome", ["ann@example.com", "Ann"], { text: "order 42 is", times: 1 });
    assertSent(ShopMailer, "welcome", ({ mail, args: [, name] }) => mail.subject.endsWith(name));
    assertSent(ShopMailer, "remind", ["ann@example.com", NINE, 10n, { items: ["a", "b"] }]);
    assertNotSent(ShopMailer, "never");
    assertSentCount(2);
  });

  it("takes stand-ins for arguments and parts of them, its own and those of test runners", async () => {
    await openShop();
    await ShopMailer.remind("ann@example.com", NINE, 10n, { note: "soon", items: ["a", "b"] }).deliver();
    assertSent(ShopMailer, "remind", [anything(), NINE, 10n, anything()]);
    assertSent(ShopMailer, "remind", ["ann@example.com", NINE, 10n, like({ note: "soon" })]);
    assertSent(ShopMailer, "remind", [anything(), where((at: Date) => at < new Date()), 10n, anything()]);
    assertSent(ShopMailer, "remind", [
      anything(),
      NINE,
      10n,
      { note: anything(), items: ["a", expect.any(String)] },
    ]);
    assertNotSent(ShopMailer, "remind", ["ann@example.com", NINE, 10n, like({ note: "later" })]);
  });

  it("takes an argument that is undefined for one that is not there", async () => {
    await openShop();
    await ShopMailer.remind("ann@example.com", NINE, 10n).deliver();
    await ShopMailer.remind("bob@example.com", NINE, 10n, { note: undefined as never, items: [] }).deliver();
    assertSent(ShopMailer, "remind", ["ann@example.com", NINE, 10n, undefined]);
    assertSent(ShopMailer, "remind", ["bob@example.com", NINE, 10n, { items: [] }]);
  });

  it("finds every mail that was sent so often", async () => {
    await openShop();
    for (const name of ["Ann", "Ann", "Bob"]) await ShopMailer.welcome("ann@example.com", name).deliver();
    assertSent(ShopMailer, "welcome", { times: 3 });
    assertSent(ShopMailer, "welcome", ["ann@example.com", "Ann"], { times: 2 });
    assertSent(ShopMailer, "never", { times: 0 });
  });
});

describe("a failed assertSent", () => {
  it("lists what was sent, and says in what the nearest of it differs", async () => {
    await openShop();
    await ShopMailer.welcome("bob@example.com", "Bob").deliver();
    await ShopMailer.welcome("ann@example.com", "Anne").deliver();
    await ShopMailer.receipt("ann@example.com", 42).deliver();
    const text = textOf(() => assertSent(ShopMailer, "welcome", ["ann@example.com", "Ann"]));
    expect(text).toMatchInlineSnapshot(`
      "Expected this mail to be sent:
        ShopMailer.welcome("ann@example.com", "Ann")

      3 mails were sent:
        1. ShopMailer.welcome("bob@example.com", "Bob") to bob@example.com: "Welcome, Bob"
        2. ShopMailer.welcome("ann@example.com", "Anne") to ann@example.com: "Welcome, Anne"
        3. ShopMailer.receipt("ann@example.com", 42) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 42"

      The nearest is 2, but for:
        args[1]: "Anne" instead of "Ann""
    `);
  });

  it("compares everything that a mail says", async () => {
    await openShop();
    await ShopMailer.receipt("ann@example.com", 42).deliver();
    const text = textOf(() =>
      assertSent(ShopMailer, "receipt", ["ann@example.com", 42], {
        to: ["Ann <ann@example.com>", "office@example.com"],
        cc: "cy@example.com",
        bcc: /nobody/,
        replyTo: "help@shop.example",
        from: "shop@shop.example",
        subject: "Receipt 43",
        text: ["Order 43", /Invoice/],
        html: "Order",
        headers: { "x-campaign": "autumn", "X-Other": "yes" },
        tags: ["order", "invoice"],
        metadata: { orderId: "43" },
        attachments: ["receipt.csv", "terms.pdf", { filename: "receipt.csv", content: "order\n43\n" }],
        calendar: "BEGIN:VCALENDAR",
        locale: "de",
        transport: "main",
      }),
    );
    expect(text).toMatchInlineSnapshot(`
      "Expected this mail to be sent:
        ShopMailer.receipt("ann@example.com", 42)
          to: ["Ann <ann@example.com>", "office@example.com"]
          cc: "cy@example.com"
          bcc: /nobody/
          replyTo: "help@shop.example"
          from: "shop@shop.example"
          subject: "Receipt 43"
          text: ["Order 43", /Invoice/]
          html: "Order"
          headers: { "x-campaign": "autumn", "X-Other": "yes" }
          tags: ["order", "invoice"]
          metadata: { orderId: "43" }
          attachments: ["receipt.csv", "terms.pdf", { filename: "receipt.csv", content: "order\\n43\\n" }]
          calendar: "BEGIN:VCALENDAR"
          locale: "de"
          transport: "main"

      1 mail was sent:
        1. ShopMailer.receipt("ann@example.com", 42) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 42"

      The nearest is 1, but for:
        to: Ann <ann@example.com> is missing; there is "Lee, Ann" <ann@example.com>, office@example.com
        cc: cy@example.com is missing; there is Bob <bob@example.com>
        bcc: /nobody/ is missing; there is archive@example.com
        from: shop@shop.example is missing; there is Fake mailer <fake-mailer@example.com>
        subject: "Receipt 42" instead of "Receipt 43"
        text: does not contain "Order 43"; the nearest is "Order 42"
        text: does not fit /Invoice/; it is "Order 42"
        html: the mail has none
        header x-campaign: "spring" instead of "autumn"
        header X-Other: is missing; there is X-Tag, X-Metadata-orderId, X-Campaign
        tags: "invoice" is missing; there is "receipt", "order"
        metadata orderId: "42" instead of "43"
        attachments: "terms.pdf" is missing; there is "receipt.csv", "logo.bin"
        attachment "receipt.csv": content: "order\\n42\\n" instead of "order\\n43\\n"
        calendar: the mail has none
        locale: "en" instead of "de"
        transport: "bulk" instead of "main""
    `);
  });

  it("says so when nothing was sent at all", async () => {
    await openShop();
    expect(textOf(() => assertSent(ShopMailer, "welcome"))).toMatchInlineSnapshot(`
      "Expected this mail to be sent:
        ShopMailer.welcome

      No mail was sent."
    `);
  });

  it("says so when nothing of the action was", async () => {
    await openShop();
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    expect(textOf(() => assertSent(ShopMailer, "never", ["ann@example.com"]))).toMatchInlineSnapshot(`
      "Expected this mail to be sent:
        ShopMailer.never("ann@example.com")

      1 mail was sent:
        1. ShopMailer.welcome("ann@example.com", "Ann") to ann@example.com: "Welcome, Ann"

      None of them is of ShopMailer.never."
    `);
  });

  it("says how often a mail was sent", async () => {
    await openShop();
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    await ShopMailer.welcome("bob@example.com", "Bob").deliver();
    const ann = ["ann@example.com", "Ann"] as const;
    expect(textOf(() => assertSent(ShopMailer, "welcome", ann, { times: 2 }))).toMatchInlineSnapshot(`
      "Expected this mail to be sent twice, and it was once:
        ShopMailer.welcome("ann@example.com", "Ann")

      2 mails were sent:
        1. ShopMailer.welcome("ann@example.com", "Ann") to ann@example.com: "Welcome, Ann"
        2. ShopMailer.welcome("bob@example.com", "Bob") to bob@example.com: "Welcome, Bob"

      That is 1.

      The nearest of the others is 2, but for:
        args[0]: "bob@example.com" instead of "ann@example.com"
        args[1]: "Bob" instead of "Ann""
    `);
    expect(textOf(() => assertSent(ShopMailer, "welcome", { times: 1 }))).toMatchInlineSnapshot(`
      "Expected this mail to be sent once, and it was twice:
        ShopMailer.welcome

      2 mails were sent:
        1. ShopMailer.welcome("ann@example.com", "Ann") to ann@example.com: "Welcome, Ann"
        2. ShopMailer.welcome("bob@example.com", "Bob") to bob@example.com: "Welcome, Bob"

      Those are 1 and 2."
    `);
  });

  it("says that the mail is in the queue still, failed there, or was stopped", async () => {
    const mails = await openShop();
    await ShopMailer.delay().welcome("ann@example.com", "Ann");
    await ShopMailer.welcome("bob@example.com", "Nobody").deliver();
    await ShopMailer.welcome("cy@example.com", "Nobody").deliver();
    expect(
      textOf(() => assertSent(ShopMailer, "welcome", ["ann@example.com", "Ann"])),
    ).toMatchInlineSnapshot(`
      "Expected this mail to be sent:
        ShopMailer.welcome("ann@example.com", "Ann")

      No mail was sent.

      Such a call is in the queue: performQueued() performs it, assertQueued() looks there.
      ShopMailer.welcome was stopped twice: asked us not to write"
    `);

    await ShopMailer.delay().broken("ann@example.com");
    const worker = mails.app.worker();
    await worker.workOff();
    await worker.close();
    expect(textOf(() => assertSent(ShopMailer, "broken"))).toMatchInlineSnapshot(`
      "Expected this mail to be sent:
        ShopMailer.broken

      1 mail was sent:
        1. ShopMailer.welcome("ann@example.com", "Ann") to ann@example.com: "Welcome, Ann"

      None of them is of ShopMailer.broken.

      ShopMailer.broken("ann@example.com") failed: TemplateError: ShopMailer.broken cannot be rendered: templates/shop-mailer/broken.text.hbs:1:9: "name" is missing."
    `);
  });

  it("says that a newsletter is in the queue", async () => {
    await openShop();
    await ShopMailer.broadcast([{ email: "ann@example.com", name: "Ann" }], { key: "7" }).weekly(7);
    expect(textOf(() => assertSent(ShopMailer, "weekly"))).toMatchInlineSnapshot(`
      "Expected this mail to be sent:
        ShopMailer.weekly

      No mail was sent.

      A newsletter is in the queue: performQueued() sends it."
    `);
  });

  it("shows bigints, dates, numbers and texts so that they can be told apart", async () => {
    await openShop();
    await ShopMailer.remind("ann@example.com", NINE, 10n, { note: "10" }).deliver();
    const asked = [
      "ann@example.com",
      NINE.toISOString(),
      10,
      { note: 10, items: [undefined, null, Number.NaN] },
    ];
    const untyped = assertSent as (...asked: unknown[]) => void;
    expect(textOf(() => untyped(ShopMailer, "remind", asked))).toMatchInlineSnapshot(`
      "Expected this mail to be sent:
        ShopMailer.remind("ann@example.com", "2026-03-01T09:00:00.000Z", 10, { note: 10, items: [undefined, null, NaN] })

      1 mail was sent:
        1. ShopMailer.remind("ann@example.com", new Date("2026-03-01T09:00:00.000Z"), 10n, { note: "10" }) to ann@example.com: "Remember"

      The nearest is 1, but for:
        args[1]: new Date("2026-03-01T09:00:00.000Z") instead of "2026-03-01T09:00:00.000Z"
        args[2]: 10n instead of 10
        args[3].note: "10" instead of 10
        args[3].items: undefined instead of [undefined, null, NaN]"
    `);
  });

  it("is short however long the mails and arguments are, and shows where long texts differ", async () => {
    await openShop();
    const long = "Lorem ipsum dolor sit amet. ".repeat(2_000);
    await ShopMailer.welcome("ann@example.com", `${long}Ann`).deliver();
    for (let order = 0; order < 30; order++) await ShopMailer.receipt("ann@example.com", order).deliver();
    await ShopMailer.welcome("ann@example.com", `${long}Bob`).deliver();
    const text = textOf(() => assertSent(ShopMailer, "welcome", ["ann@example.com", `${long}Cy`]));
    expect(text).toMatchInlineSnapshot(`
      "Expected this mail to be sent:
        ShopMailer.welcome("ann@example.com", "Lorem ipsum dolor sit amet. Lorem ipsum dolor sit amet. Lor…")

      32 mails were sent:
        1. ShopMailer.welcome("ann@example.com", "Lorem ipsum dolor sit amet. Lorem ipsum dolor sit amet. Lor…") to ann@example.com: "Welcome, Lorem ipsum dolor sit amet. Lorem ipsum dolor sit …"
        2. ShopMailer.receipt("ann@example.com", 0) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 0"
        3. ShopMailer.receipt("ann@example.com", 1) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 1"
        4. ShopMailer.receipt("ann@example.com", 2) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 2"
        5. ShopMailer.receipt("ann@example.com", 3) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 3"
        6. ShopMailer.receipt("ann@example.com", 4) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 4"
        7. ShopMailer.receipt("ann@example.com", 5) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 5"
        8. ShopMailer.receipt("ann@example.com", 6) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 6"
        9. ShopMailer.receipt("ann@example.com", 7) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 7"
        10. ShopMailer.receipt("ann@example.com", 8) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 8"
        11. ShopMailer.receipt("ann@example.com", 9) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 9"
        12. ShopMailer.receipt("ann@example.com", 10) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 10"
        13. ShopMailer.receipt("ann@example.com", 11) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 11"
        14. ShopMailer.receipt("ann@example.com", 12) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 12"
        15. ShopMailer.receipt("ann@example.com", 13) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 13"
        16. ShopMailer.receipt("ann@example.com", 14) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 14"
        17. ShopMailer.receipt("ann@example.com", 15) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 15"
        18. ShopMailer.receipt("ann@example.com", 16) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 16"
        19. ShopMailer.receipt("ann@example.com", 17) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 17"
        20. ShopMailer.receipt("ann@example.com", 18) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 18"
        … and 12 more

      The nearest is 1, but for:
        args[1]: "…sum dolor sit amet. Ann" instead of "…sum dolor sit amet. Cy""
    `);
    const nearest = textOf(() =>
      assertSent(ShopMailer, "receipt", ["ann@example.com", 29], { tags: "x", text: "Order 290" }),
    );
    expect(nearest.split("\n").slice(-3).join("\n")).toMatchInlineSnapshot(`
      "The nearest is 31, ShopMailer.receipt("ann@example.com", 29) to ann@example.com, office@example.com, bob@example.com and 1 more: "Receipt 29", but for:
        text: does not contain "Order 290"; the nearest is "Order 29"
        tags: "x" is missing; there is "receipt", "order""
    `);
  });

  it("keeps what was typed by strangers on its line", async () => {
    await openShop();
    await ShopMailer.welcome("ann@example.com", "Ann\u202e 👩‍👩‍👧 عائشة").deliver();
    const text = textOf(() => assertSent(ShopMailer, "welcome", ["ann@example.com", "Ann\nBob\u0007"]));
    expect(text).toMatchInlineSnapshot(`
      "Expected this mail to be sent:
        ShopMailer.welcome("ann@example.com", "Ann\\nBob\\u0007")

      1 mail was sent:
        1. ShopMailer.welcome("ann@example.com", "Ann\\u202e 👩‍👩‍👧 عائشة") to ann@example.com: "Welcome, Ann\\u202e 👩‍👩‍👧 عائشة"

      The nearest is 1, but for:
        args[1]: "Ann\\u202e 👩‍👩‍👧 عائشة" instead of "Ann\\nBob\\u0007""
    `);
  });

  it("shows the function that did not hold, and what it threw", async () => {
    await openShop();
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    expect(
      textOf(() => assertSent(ShopMailer, "welcome", ({ mail }) => mail.text.includes("Bob"))),
    ).toMatchInlineSnapshot(`
      "Expected this mail to be sent:
        ShopMailer.welcome
          for which ({ mail }) => mail.text.includes("Bob")

      1 mail was sent:
        1. ShopMailer.welcome("ann@example.com", "Ann") to ann@example.com: "Welcome, Ann"

      The nearest is 1, but for:
        the function gives false"
    `);
    const throwing = textOf(() =>
      assertSent(ShopMailer, "welcome", ({ mail }) => {
        expect(mail.subject).toBe("Hello");
        return true;
      }),
    );
    expect(throwing).toContain("the function threw AssertionError: expected 'Welcome, Ann' to be 'Hello'");
  });

  it("begins its stack in the test", async () => {
    await openShop();
    try {
      assertSent(ShopMailer, "welcome");
    } catch (error) {
      const [first] = String((error as Error).stack)
        .split("\n")
        .filter((line) => /^\s+at /.test(line));
      expect(first).toContain("assert-sent.test.ts");
      expect(error).toMatchObject({ name: "AssertionError", code: "ERR_ASSERTION" });
    }
    expect.assertions(2);
  });
});

describe("an assertion that could never fail, or never hold", () => {
  const untyped = (...asked: unknown[]) => (assertNotSent as (...asked: unknown[]) => void)(...asked);

  it.each([
    [
      "a misspelt action",
      [ShopMailer, "welcom"],
      'ShopMailer has no action "welcom"; it has broken, flaky, never, receipt, remind, weekly, welcome',
    ],
    [
      "an action of no mailer",
      [undefined, "welcome"],
      "its first argument must be what mailer(), job() or delayable() gives, such as UserMailer, and is undefined",
    ],
    ["a word of every mailer", [ShopMailer, "delay"], 'ShopMailer has no action "delay"'],
    ["arguments that are no list", [ShopMailer, "welcome", "ann@example.com"], 'not "ann@example.com"'],
    [
      "a misspelt part of a mail",
      [ShopMailer, "welcome", { subjct: "Hi" }],
      "it knows no subjct; it knows to, cc,",
    ],
    [
      "what is undefined by mistake",
      [ShopMailer, "welcome", { subject: undefined }],
      "subject: is undefined; leave it out where anything will do",
    ],
    ["a part of a job", [ShopMailer, "welcome", { queue: "mail" }], "it knows no queue"],
    ["too many arguments", [ShopMailer, "welcome", [], {}, {}], "it has more arguments than it takes"],
    ["half a mail", [ShopMailer, "welcome", { times: 0.5 }], "times: must be a number from 0 up"],
  ])("is refused: %s", async (_, asked, problem) => {
    await openShop();
    expect(() => untyped(...asked)).toThrow(problem);
  });

  it.each([
    ["gives nothing", () => undefined, "gives undefined"],
    ["gives a promise", async () => true, "gives a promise"],
  ])("is refused: a function that %s", async (_, accepts, problem) => {
    await openShop();
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    expect(() => untyped(ShopMailer, "welcome", accepts)).toThrow(problem);
  });

  it("is refused: an address that is none", async () => {
    await openShop();
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    expect(() => assertNotSent(ShopMailer, "welcome", { to: "Ann" })).toThrow(
      '"to of the expected mail" is not one mailbox: its address has no "@".',
    );
  });
});

describe("assertNotSent, assertSentCount, assertNothingSent and assertNothingOutgoing", () => {
  it("hold where nothing went out", async () => {
    await openShop();
    assertNotSent(ShopMailer, "welcome");
    assertSentCount(0);
    assertNothingSent();
    assertNothingOutgoing();
  });

  it("say what went out", async () => {
    await openShop();
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    await ShopMailer.welcome("bob@example.com", "Bob").deliver();
    await ShopMailer.delay().welcome("cy@example.com", "Cy");
    expect(textOf(() => assertNotSent(ShopMailer, "welcome", [anything(), "Bob"]))).toMatchInlineSnapshot(`
      "Expected this mail not to be sent:
        ShopMailer.welcome(anything(), "Bob")

      2 mails were sent:
        1. ShopMailer.welcome("ann@example.com", "Ann") to ann@example.com: "Welcome, Ann"
        2. ShopMailer.welcome("bob@example.com", "Bob") to bob@example.com: "Welcome, Bob"

      That is 2."
    `);
    expect(textOf(() => assertSentCount(3))).toMatchInlineSnapshot(`
      "Expected 3 mails to be sent.

      2 mails were sent:
        1. ShopMailer.welcome("ann@example.com", "Ann") to ann@example.com: "Welcome, Ann"
        2. ShopMailer.welcome("bob@example.com", "Bob") to bob@example.com: "Welcome, Bob""
    `);
    expect(textOf(() => assertNothingSent())).toMatchInlineSnapshot(`
      "Expected no mail to be sent.

      2 mails were sent:
        1. ShopMailer.welcome("ann@example.com", "Ann") to ann@example.com: "Welcome, Ann"
        2. ShopMailer.welcome("bob@example.com", "Bob") to bob@example.com: "Welcome, Bob""
    `);
    expect(textOf(() => assertNothingOutgoing())).toMatchInlineSnapshot(`
      "Expected nothing to go out.

      2 mails were sent:
        1. ShopMailer.welcome("ann@example.com", "Ann") to ann@example.com: "Welcome, Ann"
        2. ShopMailer.welcome("bob@example.com", "Bob") to bob@example.com: "Welcome, Bob"

      1 call is in the queue:
        1. ShopMailer.welcome("cy@example.com", "Cy") in queue "default""
    `);
  });

  it("says so where a call was made and forgotten, and where", async () => {
    await openShop();
    ShopMailer.welcome("ann@example.com", "Ann");
    ShopMailer.delay();
    expect(() => assertSent(ShopMailer, "welcome")).toThrow(
      /ShopMailer\.welcome\(\) was called at test\/testing\/assert-sent\.test\.ts:\d+, and nothing came of it: call \.deliver\(\) or \.deliverLater\(\) on what it gives\./,
    );
    expect(() => assertSent(ShopMailer, "welcome")).toThrow("ShopMailer.delay() was called at test/testing/");
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    expect(() => assertSent(ShopMailer, "remind")).not.toThrow("ShopMailer.welcome()");
  });
});
