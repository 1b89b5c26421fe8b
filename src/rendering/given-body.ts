import { errorMessage } from "../errors/error-message.ts";
import { InvalidMailError } from "../errors/errors.ts";
import type { BodyRenderer, RenderedBody } from "../mail/body-renderer.ts";
import { textFault } from "../mail/field-faults.ts";
import type { MailSpec, RenderedMail } from "../mail/mail.ts";
import { inlineCss } from "./css/inline-css.ts";
import type { MailLanguage } from "./languages/languages.ts";
import { localsOf, type MailOfAction, templateNameOf } from "./templates/template-files.ts";
import { textFromHtml } from "./text/text-part.ts";

/** Words of a mail that did not come from templates: at least one of html and text is there. */
export type GivenBody = RenderedBody;

export interface GivenBodyOptions extends MailOfAction {
  readonly language: MailLanguage;
  readonly renderer: BodyRenderer | undefined;
}

/**
 * The words that an action gave or that its mailer's renderer makes; undefined where templates make them.
 * @throws InvalidMailError for words that are none, and whatever the renderer throws
 */
export async function bodyOf(options: GivenBodyOptions): Promise<GivenBody | undefined> {
  const { spec, defaults, mailer, renderer } = options;
  const { html, text, inlineCss = defaults.inlineCss } = spec;
  const inlining = inlineCss === undefined ? {} : { inlineCss };
  if (html !== undefined || text !== undefined) {
    refuseTemplates(spec);
    return checkedBody({ ...spec, ...inlining }, "this.mail({ ... })");
  }
  if (renderer === undefined) return undefined;
  const made: unknown = await renderer(requestOf(options));
  const whose = `The renderer of ${mailer}`;
  if (typeof made !== "object" || made === null) throw new InvalidMailError(`${whose} gave ${WHAT_IT_GIVES}`);
  return checkedBody({ ...inlining, ...made }, whose);
}

/** The parts that words are, with styles inlined where that was asked for. @throws InvalidMailError */
export function finished({ html, text, inlineCss = false }: GivenBody): Pick<RenderedMail, "html" | "text"> {
  if (html === undefined) return { text: text ?? "" };
  return { html: inlineCss ? inlined(html) : html, text: text ?? textFromHtml(html) };
}

const WHAT_IT_GIVES = "no words: it must give { html }, { text } or both, as strings.";

function requestOf({ spec, defaults, language, mailer, action }: GivenBodyOptions) {
  const { locale, timeZone } = language;
  const template = templateNameOf({ spec, defaults, mailer, action });
  return {
    ...{ ...defaults, ...spec },
    ...{ mailer, action, template, locale, timeZone, locals: localsOf(spec, defaults) },
  };
}

/** Two ways to the same words are a mistake; of `defaults()` both may come, because each mail takes one. */
function refuseTemplates(spec: MailSpec): void {
  const other = (["template", "layout"] as const).find(
    (name) => spec[name] !== undefined && spec[name] !== false,
  );
  if (other !== undefined)
    throw new InvalidMailError(
      `this.mail({ ... }) gives \`${other}\` beside html or text, which no template is filled for: leave one out.`,
    );
}

function checkedBody({ html, text, subject, inlineCss }: RenderedBody, whose: string): GivenBody {
  if (html === undefined && text === undefined) throw new InvalidMailError(`${whose} gave ${WHAT_IT_GIVES}`);
  for (const [name, value] of Object.entries({ html, text }))
    if (value !== undefined) refuseOdd(name, value, whose);
  if (html?.trim() === "")
    throw new InvalidMailError(`${whose}: \`html\` is empty: leave it out of a mail of text.`);
  return {
    ...(html !== undefined && { html }),
    ...(text !== undefined && { text }),
    ...(subject !== undefined && { subject }),
    ...(inlineCss !== undefined && { inlineCss }),
  };
}

function refuseOdd(name: string, value: unknown, whose: string): void {
  if (value instanceof Promise) {
    // It may fail later, and nobody else listens.
    value.catch(() => undefined);
    throw new InvalidMailError(`${whose}: \`${name}\` is a promise: await it.`);
  }
  if (typeof value !== "string") throw new InvalidMailError(`${whose}: \`${name}\` is not a string.`);
  const fault = textFault(value);
  if (fault !== undefined) throw new InvalidMailError(`${whose}: \`${name}\` holds ${fault}.`);
}

function inlined(html: string): string {
  try {
    return inlineCss(html);
  } catch (error) {
    throw new InvalidMailError(`The mail's html was given with \`inlineCss\`, and ${errorMessage(error)}.`, {
      cause: error,
    });
  }
}
