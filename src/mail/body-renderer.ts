import type { MailDefaults, MailSpec } from "./mail.ts";

/** What a mailer's own renderer is asked to make the words of: what the action and `defaults()` say, in one. */
export interface BodyRequest extends MailDefaults, Pick<MailSpec, "to"> {
  /** The mailer's name. */
  readonly mailer: string;
  readonly action: string;
  /** What the action names, else `<mailer>/<action>` in kebab case. */
  readonly template: string;
  readonly locals: Readonly<Record<string, unknown>>;
  /** The language of the mail, of whatever gives it. */
  readonly locale: string;
  readonly timeZone: string;
}

/** The words of a mail. Where there is no text, it is made from the html. */
export interface RenderedBody extends Pick<MailSpec, "html" | "text" | "subject" | "inlineCss"> {}

/**
 * Makes the words of a mailer's mails in place of the templates folder.
 * @example static override renderer: BodyRenderer = async ({ locals }) => ({ html: await render(<Welcome {...locals} />) });
 */
export type BodyRenderer = (request: BodyRequest) => RenderedBody | Promise<RenderedBody>;
