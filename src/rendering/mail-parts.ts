import { InvalidMailError, TemplateError } from "../errors.ts";
import type { MailDefaults, MailSpec, RenderedMail } from "../mail.ts";
import { inlineCss } from "./inline-css.ts";
import { oneLine, subjectLine } from "./subject.ts";
import type { Format } from "./template-engine.ts";
import { kebabCase } from "./template-names.ts";
import type { TemplateSet } from "./template-set.ts";
import { textFromHtml } from "./text-part.ts";

export type MailParts = Pick<RenderedMail, "subject" | "html" | "text">;

export interface PartsOptions {
  readonly spec: MailSpec;
  readonly defaults: MailDefaults;
  readonly mailer: string;
  readonly action: string;
}

/** A mail's template, its layout and what they are filled with. */
interface Filling {
  readonly name: string;
  readonly layout: string | undefined;
  readonly locals: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, unknown>>;
}

/**
 * Fills the templates of a mail: the subject first, because the layout shows it as `{{@subject}}`.
 * @throws TemplateFault | TemplateError | InvalidMailError
 */
export function fillParts(
  templates: TemplateSet,
  { spec, defaults, mailer, action }: PartsOptions,
): MailParts {
  const filling: Filling = {
    name: spec.template ?? defaults.template ?? `${kebabCase(mailer)}/${kebabCase(action)}`,
    layout: (spec.layout ?? defaults.layout) || undefined,
    locals: localsOf(spec, defaults),
  };
  requireTemplate(templates, filling);
  const subject = subjectOf(templates, filling, { own: spec.subject, fallback: defaults.subject });
  return { subject, ...bodyOf(templates, { ...filling, data: { subject } }) };
}

/** What the templates of a mail see. */
export function localsOf(spec: MailSpec, defaults: MailDefaults): Readonly<Record<string, unknown>> {
  return { ...defaults.locals, ...spec.locals };
}

function bodyOf(templates: TemplateSet, filling: Filling): Pick<MailParts, "html" | "text"> {
  const filled = fill(templates, filling, "html");
  const written = fill(templates, filling, "text");
  const text = written ?? textFromHtml(filled ?? "");
  return filled === undefined ? { text } : { html: inlineCss(filled), text };
}

function fill(
  templates: TemplateSet,
  { name, layout, ...values }: Filling,
  format: Format,
): string | undefined {
  if (!templates.has(name, format)) return undefined;
  const has = layout !== undefined && templates.has(`layouts/${layout}`, format);
  // A layout may have no text form; an html part without the layout it was promised would be a broken mail.
  if (!has && layout !== undefined && format === "html") throw missingLayout(templates, layout);
  return templates.fill(name, format, { layout: has ? layout : undefined, ...values });
}

function subjectOf(
  templates: TemplateSet,
  { name, locals }: Filling,
  { own, fallback }: { own: string | undefined; fallback: string | undefined },
): string {
  if (own !== undefined) return subjectLine(own);
  if (templates.has(name, "subject")) return oneLine(templates.fill(name, "subject", { locals }));
  if (fallback !== undefined) return subjectLine(fallback);
  throw new InvalidMailError(
    `The mail has no subject: give \`subject\` to this.mail({ ... }), or write ${templates.pathOf(name, "subject")}.`,
  );
}

function requireTemplate(templates: TemplateSet, { name, layout }: Filling): void {
  if (!templates.has(name, "html") && !templates.has(name, "text"))
    throw new TemplateError(
      `there is neither ${templates.pathOf(name, "html")} nor ${templates.pathOf(name, "text")}. ` +
        "Write one of them, or name another with `template`.",
    );
  if (layout === undefined) return;
  const file = `layouts/${layout}`;
  if (!templates.has(file, "html") && !templates.has(file, "text")) throw missingLayout(templates, layout);
}

function missingLayout(templates: TemplateSet, layout: string): TemplateError {
  return new TemplateError(
    `there is no layout ${templates.pathOf(`layouts/${layout}`, "html")}. Write it, or say \`layout: false\`.`,
  );
}
