import { isLocale } from "../../mail/language.ts";
import { ownTags, splitTag, taggedName } from "../languages/languages.ts";
import { parseKey, partialName, type TemplateFiles } from "./template-files.ts";
import { TemplateFault } from "./template-problem.ts";

/** A language with a region or script as people write it: de_AT, de-at, zh-hant. */
const REGIONAL = /\.([a-z]{2,3}[_-][A-Za-z]{2,4})$/i;

/** What is wrong with the name of a file, so that it is never used, or not as was meant. */
export function nameFault(key: string, files: TemplateFiles): TemplateFault | undefined {
  const message = messageFor(key, files);
  return message === undefined ? undefined : new TemplateFault(message, key, { line: 1, column: 1 });
}

function messageFor(key: string, files: TemplateFiles): string | undefined {
  if (key.endsWith(".json"))
    return /^locales\/[^/]+$/.test(key)
      ? undefined
      : "this catalogue is never used: put it at locales/<language>.json";
  const named = parseKey(key);
  if (named === undefined) return undefined;
  if (named.format === undefined && partialName(named.name) === undefined)
    return "this file is never used: end its name in .html.hbs, .text.hbs or .subject.hbs";
  return (
    misspelledLanguage(named.name) ?? (named.format === "text" ? htmlMissing(named.name, files) : undefined)
  );
}

function misspelledLanguage(name: string): string | undefined {
  const [, written = ""] = REGIONAL.exec(name) ?? [];
  const tag = written.replace("_", "-");
  if (!isLocale(tag)) return undefined;
  const [spelled] = ownTags(tag);
  return spelled === written ? undefined : `"${written}" is no language here: it is spelled ${spelled}`;
}

/** All parts of a mail are of one language: a text that its html is not there for would make it a mail of text alone. */
function htmlMissing(name: string, files: TemplateFiles): string | undefined {
  const { name: bare, tag } = splitTag(name);
  if (tag === undefined || partialName(bare) !== undefined) return undefined;
  if (files.has(name, "html") || !files.has(bare, "html")) return undefined;
  return `mails in "${tag}" have no html part: write ${taggedName(bare, tag)}.html.hbs too`;
}
