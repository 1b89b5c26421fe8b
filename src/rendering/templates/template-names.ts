import type { MailDefaults, MailSpec } from "../../mail/mail.ts";
import { memoize } from "../../memoize.ts";
import type { PartFormat } from "../helpers/helper.ts";

export type Format = PartFormat;

/**
 * How names in code are spelled in file names.
 * @example kebabCase("UserMailer") === "user-mailer"; kebabCase("sendHTMLReport") === "send-html-report"
 */
export const kebabCase = memoize((name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/(?<=[A-Z])(?=[A-Z][a-z])/g, "-")
    .toLowerCase(),
);

/** The key of a template or layout: "user-mailer/welcome" as html is "user-mailer/welcome.html.hbs". */
export function templateKey(name: string, format: Format): string {
  return `${name}.${format}.hbs`;
}

/** The name a template's file is addressed by and the format it is for; both formats when its name has none. */
export interface NamedFile {
  readonly name: string;
  readonly format: Format | undefined;
}

const NAMED = /^(.+?)(?:\.(html|text|subject))?\.hbs$/;

export function parseKey(key: string): NamedFile | undefined {
  const [, name, format] = NAMED.exec(key) ?? [];
  return name === undefined ? undefined : { name, format: format as Format | undefined };
}

/**
 * The name others include a file by, if it is one to include: `partials/button` is `button`, `user-mailer/_row` is
 * `user-mailer/row`, and a layout is itself, so that layouts nest.
 */
export function partialName(name: string): string | undefined {
  if (name.startsWith("partials/")) return name.slice("partials/".length);
  if (name.startsWith("layouts/")) return name;
  const match = /^(.*\/)?_([^/]+)$/.exec(name);
  return match === null ? undefined : `${match[1] ?? ""}${match[2]}`;
}

export interface MailOfAction {
  readonly spec: MailSpec;
  readonly defaults: MailDefaults;
  readonly mailer: string;
  readonly action: string;
}

/** The template of a mail: "user-mailer/welcome" of UserMailer.welcome, where neither mail nor mailer names another. */
export function templateNameOf({ spec, defaults, mailer, action }: MailOfAction): string {
  return spec.template ?? defaults.template ?? `${kebabCase(mailer)}/${kebabCase(action)}`;
}

/** What the templates of a mail see. */
export function localsOf(spec: MailSpec, defaults: MailDefaults): Readonly<Record<string, unknown>> {
  return { ...defaults.locals, ...spec.locals };
}
