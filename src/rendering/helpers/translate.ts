import { z } from "zod";
import { absoluteKey } from "../languages/translation.ts";
import { escapeHtml } from "./escape-html.ts";
import { type HelperCall, helper } from "./helper.ts";

const key = z.tuple([z.string().min(1)]);
const values = z.record(z.string(), z.unknown());

type TranslationCall = HelperCall<z.infer<typeof key>, z.infer<typeof values>>;

/** `{{t "welcome.title" name=name}}`: a text of the catalogues, with its placeholders filled. */
export const t = helper({ args: key, named: values }, (call) => translated(call));

/** The same for texts with html in them: the catalogue is trusted, what is filled in is escaped. */
export const tHtml = helper({ args: key, named: values, html: true }, (call) => {
  if (call.format === "html") return translated(call, escapeHtml);
  throw new Error("this is not an html part: use {{t}} with a text that has no html in it");
});

function translated(
  { args, named, template, translate }: TranslationCall,
  encode?: (text: string) => string,
) {
  return translate(absoluteKey(args[0], template), named, encode);
}
