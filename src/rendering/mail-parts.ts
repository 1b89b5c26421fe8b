import { InvalidMailError, TemplateError, type TemplateFaultKind } from "../errors/errors.ts";
import type { InlineImages } from "../mail/attachments.ts";
import { textFault } from "../mail/field-faults.ts";
import type { RenderedMail } from "../mail/mail.ts";
import { type EncodedTexts, encodeText } from "../mail/quoted-printable.ts";
import { finished, type GivenBody } from "./given-body.ts";
import { type ChosenForm, chooseForm, fallbackTags, type MailLanguage } from "./languages/languages.ts";
import { MailContext } from "./mail-context.ts";
import { oneLine, subjectLine } from "./mail-head.ts";
import { type Format, localsOf, type MailOfAction, templateNameOf } from "./templates/template-files.ts";
import type { FillOptions, TemplateSet } from "./templates/template-set.ts";

/** A mail's words, or, in place of html and text, how they are written over the wire. */
export type MailParts = Pick<RenderedMail, "subject" | "locale"> &
  (Body | { readonly encoded: EncodedTexts });

type Body = Pick<RenderedMail, "html" | "text">;

export interface PartsOptions extends MailOfAction {
  readonly language: MailLanguage;
  /** What paths become absolute with where neither the mail nor its mailer says. */
  readonly baseUrl: string | undefined;
  /** Collects what the templates show. */
  readonly images: InlineImages;
  /** Whether what was prepared once is compared with what is made anew. */
  readonly verifying: boolean;
}

/** A mail's template, its layout and what they are filled with. */
interface Filling {
  /** Without its language. */
  readonly name: string;
  /** With the language its parts are taken in. */
  readonly form: string;
  readonly tags: readonly string[];
  readonly mail: MailContext;
  readonly layout: string | undefined;
  /** Whose fault it is when there is no such layout. */
  readonly layoutFault: TemplateFaultKind;
  readonly locals: Readonly<Record<string, unknown>>;
  readonly verifying: boolean;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Fills the templates of a mail: the subject first, because the layout shows it as `{{@subject}}`.
 * @throws TemplateFault | TemplateError | InvalidMailError
 */
export function fillParts(templates: TemplateSet, options: PartsOptions): MailParts {
  const { spec, defaults, mailer, action } = options;
  const name = templateNameOf({ spec, defaults, mailer, action });
  const form = chooseForm(templates, name, options.language);
  if (form === undefined) throw missingTemplate(templates, name, faultIn(spec.template));
  const filling = fillingOf(templates, form, options);
  requireLayout(templates, filling);
  const subject = subjectOf(templates, filling, { own: spec.subject, fallback: defaults.subject });
  const { locale } = form;
  const whole = { ...filling, data: { subject } };
  const encoded = options.verifying ? undefined : encodedBodyOf(templates, whole);
  return encoded ? { subject, locale, encoded } : { subject, locale, ...bodyOf(templates, whole) };
}

/**
 * The parts of a mail whose words did not come from templates; its subject still may.
 * @throws TemplateFault | InvalidMailError
 */
export function givenParts(templates: TemplateSet, body: GivenBody, options: PartsOptions): MailParts {
  const { spec, defaults, language } = options;
  const { locale } = language;
  const form = { name: templateNameOf(options), lang: locale, locale };
  const filling = fillingOf(templates, form, options);
  const own = spec.subject ?? body.subject;
  const subject = subjectOf(templates, filling, { own, fallback: defaults.subject });
  return { subject, locale, ...finished(body) };
}

function fillingOf(
  templates: TemplateSet,
  { name: form, lang, locale }: ChosenForm,
  options: PartsOptions,
): Filling {
  const { spec, defaults, language, images, verifying } = options;
  const { timeZone, defaultLocale } = language;
  const baseUrl = spec.baseUrl ?? defaults.baseUrl ?? options.baseUrl;
  const { catalogues } = templates;
  return {
    name: templateNameOf(options),
    form,
    tags: fallbackTags(locale, defaultLocale),
    mail: new MailContext({ locale, timeZone, baseUrl, lang, catalogues, images }),
    layout: (spec.layout ?? defaults.layout) || undefined,
    layoutFault: faultIn(spec.layout),
    locals: localsOf(spec, defaults),
    verifying,
  };
}

/** What was encoded once, filled; undefined where the mail is better made as a whole and encoded then. */
function encodedBodyOf(templates: TemplateSet, filling: Filling): EncodedTexts | undefined {
  const { form } = filling;
  const hasText = templates.files.has(form, "text");
  const words = () => {
    const options = optionsFor(templates, filling, "text");
    return templates.fillEncoded(form, options) ?? encodeText(templates.fill(form, "text", options));
  };
  if (!templates.files.has(form, "html")) {
    const text = hasText ? templates.fillEncoded(form, optionsFor(templates, filling, "text")) : undefined;
    return text === undefined ? undefined : withoutFaults({ text });
  }
  const filled = templates.fillHtml(form, optionsFor(templates, filling, "html"));
  const html = filled.encodedHtml();
  if (html === undefined) return undefined;
  return withoutFaults({ html, text: hasText ? words() : filled.encodedText() });
}

/** A NUL, as it is encoded: the mail is then made as a whole, which says where the fault is. */
const ENCODED_NUL = "=00";

function withoutFaults(texts: EncodedTexts): EncodedTexts | undefined {
  return texts.text.includes(ENCODED_NUL) || texts.html?.includes(ENCODED_NUL) ? undefined : texts;
}

function bodyOf(templates: TemplateSet, filling: Filling): Body {
  const { form, verifying } = filling;
  const html = templates.files.has(form, "html")
    ? templates.fillHtml(form, optionsFor(templates, filling, "html"))
    : undefined;
  if (verifying) html?.verify();
  const inlined = html?.html();
  const text = templates.files.has(form, "text")
    ? templates.fill(form, "text", optionsFor(templates, filling, "text"))
    : (html?.text() ?? "");
  refuseFaults({ html: inlined, text });
  return inlined === undefined ? { text } : { html: inlined, text };
}

/** What no expression of a strict template prints may stand in the template itself, or in one that is not strict. */
function refuseFaults(parts: Readonly<Record<string, string | undefined>>): void {
  for (const [name, text = ""] of Object.entries(parts)) {
    const fault = textFault(text);
    if (fault !== undefined) throw new InvalidMailError(`The ${name} of the mail holds ${fault}.`);
  }
}

/** A layout may have no text form; an html part without the layout it was promised would be a broken mail. */
function optionsFor(
  templates: TemplateSet,
  { layout, layoutFault, tags, locals, mail, data }: Filling,
  format: Format,
): FillOptions {
  const isThere =
    layout !== undefined && templates.files.nameIn(tags, `layouts/${layout}`, format) !== undefined;
  if (format === "html" && layout !== undefined && !isThere)
    throw missingLayout(templates, layout, layoutFault);
  return { layout: isThere ? layout : undefined, tags, locals, mail, data };
}

function subjectOf(
  templates: TemplateSet,
  { name, tags, locals, mail }: Filling,
  { own, fallback }: { own: string | undefined; fallback: string | undefined },
): string {
  if (own !== undefined) return subjectLine(own);
  const template = templates.files.nameIn(tags, name, "subject");
  if (template !== undefined) return oneLine(templates.fill(template, "subject", { tags, locals, mail }));
  const key = subjectKey(name);
  if (templates.catalogues.hasText(key, mail.locale)) return oneLine(mail.translate(key, locals));
  if (fallback !== undefined) return subjectLine(fallback);
  throw new InvalidMailError(
    `The mail has no subject: give \`subject\` to this.mail({ ... }), or write ${templates.files.pathOf(name, "subject")}, ` +
      `or "${key}" in a catalogue.`,
  );
}

/** @example subjectKey("user-mailer/welcome") // "user-mailer.welcome.subject" */
function subjectKey(name: string): string {
  return `${name.replaceAll("/", ".")}.subject`;
}

/** A name that the action gives may come from the values of one mail. */
function faultIn(given: unknown): TemplateFaultKind {
  return given === undefined ? "template" : "values";
}

function missingTemplate(templates: TemplateSet, name: string, fault: TemplateFaultKind): TemplateError {
  return new TemplateError(
    `there is neither ${templates.files.pathOf(name, "html")} nor ${templates.files.pathOf(name, "text")}. ` +
      "Write one of them, or name another with `template`.",
    { fault },
  );
}

function requireLayout(templates: TemplateSet, { layout, layoutFault, tags }: Filling): void {
  if (layout === undefined) return;
  const isThere = (format: Format) => templates.files.nameIn(tags, `layouts/${layout}`, format) !== undefined;
  if (!isThere("html") && !isThere("text")) throw missingLayout(templates, layout, layoutFault);
}

function missingLayout(templates: TemplateSet, layout: string, fault: TemplateFaultKind): TemplateError {
  return new TemplateError(
    `there is no layout ${templates.files.pathOf(`layouts/${layout}`, "html")}. Write it, or say \`layout: false\`.`,
    { fault },
  );
}
