import { describe, expect, it } from "vitest";
import { InvalidOptionsError } from "../../../src/errors/errors.ts";
import { parseSmtpUrl } from "../../../src/transports/smtp/smtp-url.ts";

const defaults = { connections: 5, starttls: "opportunistic", rejectUnauthorized: true };

describe("a mail server's URL", () => {
  it.each([
    ["smtp://mail.example.com", { host: "mail.example.com", port: 587, secure: false }],
    ["smtps://mail.example.com", { host: "mail.example.com", port: 465, secure: true }],
    ["smtp://localhost:2525/", { host: "localhost", port: 2525, secure: false }],
    ["smtp://[::1]:25", { host: "::1", port: 25, secure: false }],
    [
      "smtp://ann%40x:p%2Fw%3A%40@h",
      { host: "h", port: 587, secure: false, user: "ann@x", password: "p/w:@", starttls: "required" },
    ],
    ["smtp://key:@h", { host: "h", port: 587, secure: false, user: "key", password: "" }],
  ])("is read: %s", (url, expected) => {
    expect(parseSmtpUrl(url)).toEqual({ ...defaults, ...expected });
  });

  it("takes options", () => {
    expect(
      parseSmtpUrl("smtp://h?connections=20&starttls=required&rejectUnauthorized=false&name=me.example.com"),
    ).toEqual({
      host: "h",
      port: 587,
      secure: false,
      connections: 20,
      starttls: "required",
      rejectUnauthorized: false,
      name: "me.example.com",
    });
  });

  it.each([
    ["no URL", "mail.example.com", "must look like"],
    ["another protocol", "http://user:secret@h", "must look like"],
    ["no host", "smtp://", "must look like"],
    ["a slash in the password", "smtp://user:sec/ret@h", "must look like"],
    ["a path", "smtp://user:secret@h/inbox", "it has a path"],
    ["a question mark in the password", "smtp://user:12?secret@h", "write / ? # and @"],
    ["a hash in the password", "smtp://user:12#secret@h", "write / ? # and @"],
    ["a password without a user", "smtp://:secret@h", "no user"],
    ["an option given twice", "smtp://h?connections=2&connections=3", "more than once"],
    ["an unknown option", "smtp://user:secret@h?pool=true", "pool"],
    ["too few connections", "smtp://user:secret@h?connections=0", "connections"],
    ["no number", "smtp://user:secret@h?connections=many", "connections"],
    ["no such mode", "smtp://user:secret@h?starttls=maybe", "starttls"],
    ["a name that is a command", "smtp://user:secret@h?name=x%0D%0ARSET", "name"],
    ["broken encoding", "smtp://user:secret%zz@h", "percent-encoded"],
  ])("is refused, and its password never repeated: %s", (_, url, message) => {
    expect(() => parseSmtpUrl(url)).toThrow(InvalidOptionsError);
    expect(() => parseSmtpUrl(url)).toThrow(message);
    expect(() => parseSmtpUrl(url)).not.toThrow(/secret|sec\/ret/);
  });

  it.each([
    ["smtp://ann:secret@mail.example.com", "required"],
    ["smtp://ann:secret@mail.example.com?starttls=opportunistic", "opportunistic"],
    ["smtp://ann:secret@localhost:2525", "opportunistic"],
    ["smtp://ann:secret@127.0.0.1", "opportunistic"],
    ["smtp://ann:secret@[::1]", "opportunistic"],
    ["smtp://localhost.example.com", "opportunistic"],
    ["smtp://ann:secret@localhost.example.com", "required"],
  ])("sends no password without TLS to another machine, unless it is told to: %s is %s", (url, starttls) => {
    expect(parseSmtpUrl(url)).toMatchObject({ starttls });
  });
});
