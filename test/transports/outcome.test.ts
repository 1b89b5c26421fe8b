import { describe, expect, it } from "vitest";
import { classifyReply, enhancedStatus, refusedRecipients } from "../../src/transports/outcome.ts";
import { outcomeOfOpening, tlsHint } from "../../src/transports/smtp/smtp-error.ts";
import type { Refusal } from "../../src/transports/transport.ts";

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

describe("a connection that could not be set up", () => {
  const error = (code: string, message = "x", more = {}) =>
    Object.assign(new Error(message), { code, ...more });
  const server = { host: "mail.example.com", port: 587, secure: false };

  it.each([
    [error("EDNS", "getaddrinfo ENOTFOUND x"), "unreachable"],
    [error("ESOCKET", "connect ECONNREFUSED 127.0.0.1:1"), "unreachable"],
    [error("ESOCKET", "connect ECONNRESET 127.0.0.1:1"), "unreachable"],
    [error("ESOCKET", "read ECONNRESET"), "unreachable"],
    [error("ESOCKET", "write EPIPE"), "unreachable"],
    [error("ETIMEDOUT", "Connection timeout"), "unreachable"],
    [error("ETIMEDOUT", "Greeting never received"), "unreachable"],
    [
      error("ESOCKET", "Client network socket disconnected before secure TLS connection was established"),
      "unreachable",
    ],
    [error("ECONNECTION", "Connection closed unexpectedly"), "unreachable"],
    [error("EPROTOCOL", "x", { responseCode: 554 }), "our-fault"],
    [error("EPROTOCOL", "x", { responseCode: 450 }), "throttled"],
    [error("EPROTOCOL", "x", { responseCode: 421 }), "throttled"],
    [error("EAUTH", "Invalid login", { responseCode: 535 }), "our-fault"],
    [error("EAUTH", "try later", { responseCode: 454 }), "throttled"],
    [error("ETLS", "self-signed certificate"), "our-fault"],
    [error("ESOCKET", "x", { originalCode: "CERT_HAS_EXPIRED" }), "our-fault"],
  ])("%o is %s", (failure, expected) => {
    expect(outcomeOfOpening(failure, server).class).toBe(expected);
  });

  it.each([
    ["ssl3_get_record:wrong version number", { port: 587, secure: true }, /use smtp:/],
    ["Greeting never received", { port: 465, secure: false }, /use smtps:/],
    ["Connection closed unexpectedly", { port: 465, secure: false }, /use smtps:/],
  ])("tells which URL is right, where that is the fault: %s at %o", (message, changes, expected) => {
    const told = { ...server, ...changes };
    expect(tlsHint(error("ESOCKET", message), told)).toMatch(expected);
    expect(outcomeOfOpening(error("ESOCKET", message), told).response).toMatch(expected);
    expect(tlsHint(error("ESOCKET", message), server)).toBeUndefined();
  });
});
