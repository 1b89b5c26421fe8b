import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { z } from "zod";
import { TemplateError } from "../../src/errors/errors.ts";
import type { MailSpec } from "../../src/mail/mail.ts";
import { helper } from "../../src/rendering/helpers/helper.ts";
import { Renderer } from "../../src/rendering/renderer.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Whose fault it is that the mail cannot be rendered. */
async function faultOf(files: Readonly<Record<string, string>>, spec: Partial<MailSpec>) {
  const templates = mkdtempSync(join(tmpdir(), "delayed-mailer-fault-"));
  folders.push(templates);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(templates, path)), { recursive: true });
    writeFileSync(join(templates, path), text);
  }
  const half = helper({ args: z.tuple([z.number()]) }, ({ args: [value] }) => value / 2);
  const renderer = new Renderer({ templates, from: "a@x.test", helpers: { half } });
  const origin = { mailer: "NewsMailer", action: "weekly", messageId: "<m@x.test>", date: new Date(0) };
  const error = await renderer.render({ to: "b@x.test", subject: "s", ...spec }, origin).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof TemplateError ? error.fault : error;
}

const TEXT = "news-mailer/weekly.text.hbs";

it.each([
  ["a syntax error", { [TEXT]: "{{#if" }, {}],
  ["an unknown helper", { [TEXT]: "{{nothing 1 2}}" }, {}],
  ["an unknown partial", { [TEXT]: "{{> nothing}}" }, {}],
  ["a missing file", { "other.text.hbs": "x" }, {}],
  ["a broken partial", { [TEXT]: "{{> part}}", "news-mailer/_part.text.hbs": "{{/if}}" }, {}],
])("%s is the template's own fault (row 1.2)", async (_, files, spec) => {
  expect(await faultOf(files, spec)).toBe("template");
});

it.each([
  ["a missing variable", { [TEXT]: "{{name}}" }, {}],
  ["an undefined one", { [TEXT]: "{{name}}" }, { locals: { name: undefined } }],
  ["an object that has no text", { [TEXT]: "{{name}}" }, { locals: { name: {} } }],
  ["a missing list", { [TEXT]: "{{#each list}}x{{/each}}" }, {}],
  ["a helper that throws on a value", { [TEXT]: "{{half name}}" }, { locals: { name: "x" } }],
  ["a template that the action names", { [TEXT]: "x" }, { template: "news-mailer/of-ann" }],
  ["a layout that the action names", { [TEXT]: "x" }, { layout: "of-ann" }],
])("%s is a fault of one mail's values (row 1.2)", async (_, files, spec) => {
  expect(await faultOf(files, spec)).toBe("values");
});
