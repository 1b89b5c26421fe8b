import type { MailDefaults, MailSpec } from "../../mail/mail.ts";
import { kebabCase } from "./template-names.ts";

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
