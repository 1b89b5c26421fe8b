import { load } from "cheerio";
import { remembered } from "../remembered.ts";
import type { HtmlElement } from "./html-elements.ts";

/** Text between quotes or brackets, where a semicolon ends nothing. */
const DECLARATION = /(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\((?:"[^"]*"|'[^']*'|[^()"'])*\)|[^;])+/g;
const USABLE = /^[*\w-]+\s*:\s*\S/;
const COMMENT = /\/\*[\s\S]*?(\*\/|$)/g;

/**
 * Style attributes as juice can read them: it takes the semicolon of `&quot;` for the end of a declaration, and fails where there is
 * none that can be used. What browsers pass over is taken out.
 * @returns what writes them as html again when juice is done
 */
export function readableStyles(elements: readonly HtmlElement[]): () => void {
  const changed = elements.flatMap(({ attribs }) => {
    const { style: written = "" } = attribs;
    const css = readableStyle(written);
    if (css === written) return [];
    if (css === "") delete attribs.style;
    else attribs.style = css;
    return [{ attribs, written, css }];
  });
  return () => {
    for (const { attribs, written, css } of changed) {
      const { style } = attribs;
      // One that no rule met stays as it was.
      if (style !== undefined) attribs.style = style === css ? written : style.replaceAll("&", "&amp;");
    }
  };
}

function readableStyle(written: string): string {
  const css = written.includes("&") ? decoded(written) : written;
  if (css === written && css.split(";").every((each) => each === "" || USABLE.test(each.trim()))) return css;
  const declarations = css.replace(COMMENT, " ").match(DECLARATION) ?? [];
  return declarations
    .map((declaration) => declaration.trim())
    .filter((declaration) => USABLE.test(declaration))
    .join("; ");
}

/** As a browser reads it, remembered because the same few stand in mail after mail. */
const decoded = remembered(
  (attribute) => load(`<p title="${attribute.replaceAll('"', "&quot;")}">`)("p").attr("title") ?? "",
);
