import { describe, expect, it } from "vitest";
import { classifyReply, enhancedStatus, refusedRecipients } from "../../src/smtp/outcome.ts";
import { outcomeOf } from "../../src/smtp/smtp-error.ts";
import type { Refusal } from "../../src/smtp/transport.ts";

describe("a refusal", () => {
  it.each([
    [550, "550 5.1.1 no such user", "rejected"],
    [550, "550 no such user", "rejected"],
    [550, "550 5.7.1 refused by policy", "rejected"],
    [552, "552 5.3.4 too large", "rejected"],
    [553, "553 5.1.3 bad address", "rejected"],
    [554, "554 5.6.0 spam", "rejected"],
    [550, "550 5.7.26 not authenticated by SPF or DKIM", "our-fault"],
    [530, "530 5.7.0 authentication required", "our-fault"],
    [535, "535 5.7.8 bad credentials", "our-fault"],
    [538, "538 5.7.11 encryption required", "our-fault"],
    [421, "421 4.7.0 too many connections", "throttled"],
    [450, "450 4.2.1 receiving too fast", "throttled"],
    [451, "451 4.7.1 greylisted", "throttled"],
    [452, "452 4.2.2 mailbox full", "throttled"],
    [454, "454 4.7.0 temporary failure", "throttled"],
    [450, "450 4.1.8 domain not found", "deferred"],
    [451, "451 4.3.0 local error", "deferred"],
    [451, "451 try again", "deferred"],
    [503, "503 5.5.1 bad sequence", "deferred"],
  ])("%i (%s) is %s", (code, response, expected) => {
    expect(classifyReply({ code, response })).toBe(expected);
  });

  it.each([
    ["550 5.1.1 gone", "5.1.1"],
    ["550-5.1.1 gone", "5.1.1"],
    ["550 gone 5.1.1", undefined],
    ["250 2.0.0 ok", "2.0.0"],
  ])("has an enhanced status code or not: %s", (response, expected) => {
    expect(enhancedStatus(response)).toBe(expected);
  });
});

describe("recipients that were all refused", () => {
  const refusal = (found: Refusal["class"], code: number): Refusal => ({
    address: `${code}@x.test`,
    class: found,
    code,
    response: `${code} no`,
  });

  it("are as hopeful as the most hopeful of them", () => {
    const mixed = [refusal("rejected", 550), refusal("deferred", 450)];
    expect(refusedRecipients(mixed)).toMatchObject({ class: "deferred", code: 450, refused: mixed });
    expect(refusedRecipients([refusal("rejected", 550)])).toMatchObject({ class: "rejected", code: 550 });
    expect(refusedRecipients([refusal("deferred", 450), refusal("throttled", 452)])).toMatchObject({
      class: "throttled",
    });
  });
});

describe("an error of a connection", () => {
  const error = (code: string, message = "x", more = {}) =>
    Object.assign(new Error(message), { code, ...more });
  const before = { started: false, ended: false };
  const within = { started: true, ended: false };
  const after = { started: true, ended: true };

  it.each([
    [error("EDNS", "getaddrinfo ENOTFOUND x"), before, "unreachable"],
    [error("ESOCKET", "connect ECONNREFUSED 127.0.0.1:1"), before, "unreachable"],
    [error("ETIMEDOUT", "Connection timeout"), before, "unreachable"],
    [error("ETIMEDOUT", "Greeting never received"), before, "unreachable"],
    [
      error("ESOCKET", "Client network socket disconnected before secure TLS connection was established"),
      before,
      "unreachable",
    ],
    [error("EPROTOCOL", "x", { responseCode: 554, command: "CONN" }), before, "our-fault"],
    [error("EPROTOCOL", "x", { responseCode: 450, command: "CONN" }), before, "throttled"],
    [error("EPROTOCOL", "x", { responseCode: 554, command: "CONN" }), after, "rejected"],
    [error("ECONNECTION", "Connection closed unexpectedly"), before, "lost"],
    [error("ESOCKET", "read ECONNRESET"), within, "lost"],
    [error("ESOCKET", "connect ECONNREFUSED"), within, "lost"],
    [error("ETIMEDOUT", "Timeout"), after, "unknown"],
    [error("ECONNECTION", "Connection closed unexpectedly"), after, "unknown"],
    [error("EAUTH", "Invalid login", { responseCode: 535 }), before, "our-fault"],
    [error("EAUTH", "try later", { responseCode: 454 }), before, "throttled"],
    [error("ETLS", "self-signed certificate"), before, "our-fault"],
    [
      error("EMESSAGE", "552 too big", { responseCode: 552, response: "552 5.3.4 too big" }),
      after,
      "rejected",
    ],
    [error("EENVELOPE", "Internationalized mailbox name not allowed"), before, "rejected"],
    [error("EABORT", "aborted"), within, "lost"],
  ])("%o at %o is %s", (failure, trace, expected) => {
    expect(outcomeOf(failure, trace).class).toBe(expected);
  });
});
