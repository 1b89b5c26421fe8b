type Content = string | Uint8Array | AsyncIterable<string | Uint8Array>;

interface AttachmentLabel {
  /** What the recipient's program calls the file. Defaults to the last part of `path`; needed with `content`. */
  readonly filename?: string;
  /** Such as "application/pdf". Defaults to what the ending of `filename` says. */
  readonly contentType?: string;
  /** Makes it an image inside the html, shown by `<img src="{{cid "logo"}}">` where `cid: "logo"`. */
  readonly cid?: string;
}

/** A file on disk, below one of the folders of `attachmentFolders`. It is read when the mail is made: in the worker. */
export interface FileAttachment extends AttachmentLabel {
  readonly path: string;
  readonly content?: never;
}

/** What the application has in hand. */
export interface ContentAttachment extends AttachmentLabel {
  /** A stream is read once; a function is asked each time the mail is made, so that a retry has the content again. */
  readonly content: Content | (() => Content | Promise<Content>);
  readonly path?: never;
}

export type Attachment = FileAttachment | ContentAttachment;

/** A file of a finished mail, in memory. */
export interface AttachedFile {
  readonly filename: string;
  /** Defaults to what the ending of `filename` says. */
  readonly contentType?: string;
  readonly content: Uint8Array;
  readonly cid?: string;
  /** Of text that the application gave as a string: how it became bytes. Said in the headers of a text. */
  readonly charset?: "utf-8";
}

/** An invitation that calendars understand (iTIP over mail, RFC 6047). */
export interface Calendar {
  /** The same word as METHOD in `content`. */
  readonly method:
    | "PUBLISH"
    | "REQUEST"
    | "REPLY"
    | "ADD"
    | "CANCEL"
    | "REFRESH"
    | "COUNTER"
    | "DECLINECOUNTER";
  /** An iCalendar object (RFC 5545): `BEGIN:VCALENDAR ...`. */
  readonly content: string;
  /** @default "invite.ics" */
  readonly filename?: string;
}

/** The List-... headers (RFC 2369, RFC 2919). URLs are https:, http: or mailto:. */
export interface MailingList {
  /** "weekly.news.example.com", or with a name for people. */
  readonly id?: string | { readonly name: string; readonly id: string };
  readonly unsubscribe?: string | readonly string[];
  /**
   * List-Unsubscribe-Post (RFC 8058): promises that a POST to the https URL of `unsubscribe` unsubscribes at once, without a page
   * in between. @default false
   */
  readonly oneClick?: boolean;
  readonly help?: string | readonly string[];
  readonly subscribe?: string | readonly string[];
  /** "NO" where nobody may write to the list. */
  readonly post?: string | readonly string[];
  readonly owner?: string | readonly string[];
  readonly archive?: string | readonly string[];
}

/** Headers that mail programs and providers know, for completion; any other name is taken as well. */
export type KnownHeader =
  | "Archived-At"
  | "Comments"
  | "Expires"
  | "Feedback-ID"
  | "Importance"
  | "Keywords"
  | "Organization"
  | "Precedence"
  | "Sensitivity"
  | "X-Auto-Response-Suppress"
  | "X-Entity-Ref-ID"
  | "X-Mailgun-Variables"
  | "X-MC-Tags"
  | "X-PM-Message-Stream"
  | "X-PM-Tag"
  | "X-SES-CONFIGURATION-SET"
  | "X-SES-MESSAGE-TAGS"
  | "X-SMTPAPI";

export type MailHeaders = Readonly<Partial<Record<KnownHeader, string>> | Record<string, string>>;

/** What a mail says beside its words: everything here is optional, and what the mail says goes before its mailer's defaults. */
export interface MailContent {
  readonly attachments?: readonly Attachment[];
  readonly calendar?: Calendar;
  /** The Message-ID of the mail that this one answers: "<id@example.com>". */
  readonly inReplyTo?: string;
  /** The Message-IDs of the thread, oldest first. Defaults to `inReplyTo`. */
  readonly references?: readonly string[];
  readonly list?: MailingList;
  /** What the mail is about, for providers and archives: X-Tag. */
  readonly tags?: readonly string[];
  /** Facts for providers and archives, each as a header of its own: `{ orderId: "7" }` is X-Metadata-orderId. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** How mail programs mark it. When its job runs is the `priority` of `delay()`. @default "normal" */
  readonly priority?: "high" | "normal" | "low";
  /** That a machine wrote the mail, so that no machine answers it (RFC 3834). Without it nothing is said. */
  readonly autoSubmitted?: "auto-generated" | "auto-replied";
}
