import type { AttachedFile, Calendar, MailContent, MailHeaders } from "./content.ts";

/** One mailbox. A string is exactly one address, never a list. */
export type Address = string | { readonly name: string; readonly address: string };

export type Addresses = Address | readonly Address[];

/** What an action says about its mail; everything else is filled in from the mailer's defaults and the templates. */
export interface MailSpec extends MailContent {
  readonly to: Addresses;
  readonly cc?: Addresses;
  readonly bcc?: Addresses;
  /** Defaults to the mailer's `defaults().from`, then `MAIL_FROM`. */
  readonly from?: Address;
  readonly replyTo?: Addresses;
  /** Defaults to the rendered `<action>.subject.hbs`. */
  readonly subject?: string;
  /** The html of the mail, finished: from MJML, React Email or your own renderer. No template is then looked for. */
  readonly html?: string;
  /** The text of the mail, finished. Defaults to one made from `html`. */
  readonly text?: string;
  /** Whether the rules of the style elements in `html` are written to their elements, as those of templates are. @default false */
  readonly inlineCss?: boolean;
  /** What the templates see. */
  readonly locals?: Readonly<Record<string, unknown>>;
  /** Template path below the templates folder, without endings. Defaults to `<mailer>/<action>` in kebab case. */
  readonly template?: string;
  /** Layout name below `layouts/`, or false for none. Defaults to the mailer's, then none. */
  readonly layout?: string | false;
  /** The language of the mail: "de-AT". Defaults to what `.with({ locale })` gave, then the mailer's, then the configuration's. */
  readonly locale?: string | undefined;
  /** The clock its times are told by: "Europe/Vienna". Defaults as `locale` does. */
  readonly timeZone?: string | undefined;
  /** What `{{url "/path"}}` puts before a path. Defaults to the mailer's, then the configuration's. */
  readonly baseUrl?: string | undefined;
  readonly headers?: MailHeaders;
  /** Name of the transport it goes through. Defaults to the mailer's, then the application's. */
  readonly transport?: string;
}

/** What `ApplicationMailer.defaults()` may give for every mail of a mailer. */
export type MailDefaults = Partial<Omit<MailSpec, "to" | "html" | "text">>;

/** A parsed mailbox; `name` is empty when there is none. */
export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** A finished mail: everything a transport needs, and nothing that needs the application. */
export interface RenderedMail {
  readonly messageId: string;
  readonly date: Date;
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  readonly bcc: readonly Mailbox[];
  readonly replyTo: readonly Mailbox[];
  readonly subject: string;
  /** The language of its texts, numbers and dates: what was asked for, or what there is instead. */
  readonly locale?: string;
  /** Absent in a text-only mail. */
  readonly html?: string;
  readonly text: string;
  /** Those of the mail's list, thread, tags and so on among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly attachments?: readonly AttachedFile[];
  readonly calendar?: Calendar;
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Name of the transport it goes through; absent where nobody chose one. */
  readonly transport?: string;
}

/** What `deliver()` resolves to: the transport took the mail for at least one recipient, or the mail was stopped on purpose. */
export interface Delivery {
  readonly messageId: string;
  readonly accepted: readonly string[];
  readonly rejected: readonly string[];
  /** The server's answer, or where an inbox folder put the file. */
  readonly response: string;
  /** Why the mail was not sent, where a callback stopped it. */
  readonly stopped?: string;
}
