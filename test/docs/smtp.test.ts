import { expect, it } from "vitest";
import { resolveConfig } from "../../src/config/resolve-config.ts";
import { blockWith } from "../support/docs.ts";

it("the environment in docs/smtp.md is one that is understood", () => {
  const lines = blockWith("docs/smtp.md", "SMTP_URL=").trimEnd().split("\n");
  const variables = lines.map(
    (line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const,
  );
  const [from] = variables.filter(([name]) => name === "MAIL_FROM");
  const read = variables
    .filter(([name]) => name === "SMTP_URL")
    .map((url) => resolveConfig({}, Object.fromEntries([from ?? [], url])));
  expect(read).toMatchObject([
    {
      smtpUrl: { host: "mail.example.com", port: 587, secure: false, connections: 10, starttls: "required" },
    },
    { smtpUrl: { host: "mail.example.com", port: 465, secure: true, user: "user", password: "password" } },
  ]);
  expect(read[0]?.from).toEqual({ name: "Example", address: "hello@example.com" });
});
