import { readFile } from "node:fs/promises";
import Handlebars from "handlebars";
import mjml2html from "mjml";
import type { BodyRenderer } from "../../../../src/index.ts";

const FOLDER = new URL("../mjml/", import.meta.url);
const compiled = new Map<string, Promise<HandlebarsTemplateDelegate>>();

export const mjml: BodyRenderer = async ({ template, locals }) => {
  const filling = compiled.get(template) ?? compile(template);
  compiled.set(template, filling);
  const fill = await filling;
  return { html: fill(locals) };
};

async function compile(template: string) {
  const source = await readFile(new URL(`${template}.mjml`, FOLDER), "utf8");
  const { html } = await mjml2html(source, { validationLevel: "strict" });
  return Handlebars.compile(html, { strict: true });
}
