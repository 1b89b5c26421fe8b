import { errorMessage } from "../errors/error-message.ts";
import { InvalidMailError, TemplateError, type TemplateProblem } from "../errors/errors.ts";
import { Attachments, InlineImages, keepStreamErrors, listed } from "../mail/attachments.ts";
import type { BodyRenderer } from "../mail/body-renderer.ts";
import { checkedCalendar } from "../mail/calendar.ts";
import type { Localization } from "../mail/language.ts";
import type { Address, MailDefaults, MailSpec, RenderedMail } from "../mail/mail.ts";
import { withEncodedTexts } from "../mail/quoted-printable.ts";
import { bodyOf } from "./given-body.ts";
import type { Helper } from "./helpers/helper.ts";
import { languageOf } from "./languages/languages.ts";
import { headOf, refuseUnknownParts } from "./mail-head.ts";
import { fillParts, givenParts, type MailParts } from "./mail-parts.ts";
import { TemplateEngine } from "./templates/template-engine.ts";
import { localsOf, type TemplateFiles } from "./templates/template-files.ts";
import { TemplateFolder } from "./templates/template-folder.ts";
import { TemplateFault } from "./templates/template-problem.ts";

export interface RendererOptions {
  /** Path of the templates folder. */
  readonly templates: string;
  /** The sender of mails whose mailer names none. */
  readonly from?: Address | undefined;
  /** A change of a template counts for the next mail. @default false: they are read once */
  readonly development?: boolean | undefined;
  /** The language of mails that ask for none, and of templates and catalogues without a match. @default "en" */
  readonly locale?: string | undefined;
  /** The clock of mails that name none. @default "UTC" */
  readonly timeZone?: string | undefined;
  /** What `{{url "/path"}}` puts before a path. */
  readonly baseUrl?: string | undefined;
  /** What the application lets templates call, beside the library's helpers. */
  readonly helpers?: Readonly<Record<string, Helper>> | undefined;
  /** Folders that attachments may come from. @default none */
  readonly attachmentFolders?: readonly string[] | undefined;
  /** How large the files of one mail may be together, in bytes. @default 18 MiB */
  readonly maxAttachmentBytes?: number | undefined;
  /** Compare each html and text that a template prepared once gives with one made anew. Costs what preparing saves. @default false */
  readonly verifying?: boolean | undefined;
}

/** Which call a mail comes from, and what was fixed when the call was made. */
export interface RenderOrigin {
  readonly mailer: string;
  readonly action: string;
  readonly messageId: string;
  readonly date: Date;
  /** What the mailer says of every mail of its own. */
  readonly defaults?: MailDefaults;
  /** Name of the transport the mail goes through, where somebody chose one. */
  readonly transport?: string | undefined;
  /** What `.with({ ... })` gave: its `locale` and `timeZone` count. */
  readonly params?: { readonly locale?: unknown; readonly timeZone?: unknown };
  /** The mailer's own way of making words. */
  readonly renderer?: BodyRenderer | undefined;
}

/** Makes finished mails from what actions say: one pure step, the same for sending now, a worker, previews and tests. */
export class Renderer {
  readonly #folder: TemplateFolder;
  readonly #from: Address | undefined;
  readonly #baseUrl: string | undefined;
  readonly #localization: Required<Localization>;
  readonly #attachments: Attachments;
  readonly #verifying: boolean;

  /** @throws ConfigurationError when a helper has a name that is not free */
  constructor({ templates, from, baseUrl, helpers, ...options }: RendererOptions) {
    const { development = false, locale = "en", timeZone = "UTC", verifying = false } = options;
    const engine = new TemplateEngine(helpers);
    this.#folder = new TemplateFolder({ folder: templates, engine, development, defaultLocale: locale });
    this.#from = from;
    this.#baseUrl = baseUrl;
    this.#localization = { locale, timeZone };
    this.#verifying = verifying;
    const { attachmentFolders: folders, maxAttachmentBytes: maxBytes } = options;
    this.#attachments = new Attachments({ folders, templates, maxBytes });
  }

  /**
   * @throws InvalidMailError when sender, recipients, subject, headers or a given body cannot be put on the wire, or a part of the
   * mail is none
   * @throws TemplateError when a template is missing, broken, or reads a value that is not there; when `verifying`, also where what
   * was prepared once gives another mail
   * @throws AttachmentError when a file is missing, outside the folders for attachments, or too large
   */
  async render(spec: MailSpec, origin: RenderOrigin): Promise<RenderedMail> {
    const { mailer, action, messageId, date, defaults = {}, params = {} } = origin;
    refuseUnknownParts(spec, defaults);
    const head = headOf(spec, defaults, this.#from);
    const calendar = "calendar" in spec ? spec.calendar : defaults.calendar;
    const attachments = listed("attachments" in spec ? spec.attachments : defaults.attachments);
    keepStreamErrors(attachments);
    const images = new InlineImages(attachments);
    const language = languageOf(spec, defaults, params, this.#localization);
    const baseUrl = this.#baseUrl;
    const body = await bodyOf({ spec, defaults, mailer, action, language, renderer: origin.renderer });
    const templates = await (body ? this.#folder.currentOrNone() : this.#folder.current());
    let parts: MailParts;
    try {
      const verifying = this.#verifying;
      const options = { spec, defaults, mailer, action, language, baseUrl, images, verifying };
      parts = body ? givenParts(templates, body, options) : fillParts(templates, options);
    } catch (error) {
      if (error instanceof InvalidMailError) throw error;
      throw templateError(
        `${mailer}.${action}`,
        error,
        templates.files,
        Object.keys(localsOf(spec, defaults)),
      );
    }
    const isWithFiles = attachments.length > 0 || images.files.length > 0;
    const files = isWithFiles ? await this.#attachments.load(attachments, images) : [];
    const { transport } = origin;
    const { subject, locale } = parts;
    const { from, to, cc, bcc, replyTo, headers, tags, metadata } = head;
    // Named one by one, because that is many times as quick as spreading them.
    const whole: Writable<Omit<RenderedMail, "html" | "text">> = {
      messageId,
      date,
      from,
      to,
      cc,
      bcc,
      replyTo,
      subject,
      headers,
    };
    if (locale !== undefined) whole.locale = locale;
    if (tags) whole.tags = tags;
    if (metadata) whole.metadata = metadata;
    if (files.length > 0) whole.attachments = files;
    if (calendar) whole.calendar = checkedCalendar(calendar);
    if (transport !== undefined) whole.transport = transport;
    if ("encoded" in parts) return withEncodedTexts(whole, parts.encoded);
    const { html, text } = parts;
    return html === undefined ? { ...whole, text } : { ...whole, html, text };
  }

  /** The languages that templates or catalogues are written in, the default first. @throws TemplateError when the folder cannot be read */
  async locales(): Promise<readonly string[]> {
    const templates = await this.#folder.currentOrNone();
    const { locale = "en" } = this.#localization;
    return [...new Set([locale, ...templates.tags().toSorted()])];
  }

  /**
   * Finds the templates whose styles must be inlined for every message instead of once, and those too long for Gmail: what to
   * change, though nothing is wrong.
   * @throws TemplateError when the folder cannot be read
   */
  async advice(): Promise<readonly TemplateProblem[]> {
    const templates = await this.#folder.currentOrNone();
    return templates.check.advice();
  }

  /**
   * Compiles every template and stylesheet in the folder and gives what is wrong with them.
   * @throws TemplateError when the folder cannot be read, or is not there though it is needed
   */
  async check({ isFolderNeeded = true } = {}): Promise<readonly TemplateProblem[]> {
    const templates = await (isFolderNeeded ? this.#folder.current() : this.#folder.currentOrNone());
    return templates.check.problems();
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What filling a template threw. Names the locals that were given, never their values: they may be secrets. */
function templateError(call: string, cause: unknown, files: TemplateFiles, locals: readonly string[]) {
  if (!(cause instanceof TemplateFault)) {
    const reason = errorMessage(cause);
    const fault = cause instanceof TemplateError ? cause.fault : "values";
    return new TemplateError(`${call} cannot be rendered: ${reason}`, { cause, fault });
  }
  const problem = files.problemOf(cause);
  const { file, line, column, message, excerpt } = problem;
  const given = `Locals given: ${locals.length === 0 ? "none" : locals.join(", ")}.`;
  const text = `${call} cannot be rendered: ${file}:${line}:${column}: ${message}.\n\n${excerpt}\n\n${given}`;
  return new TemplateError(text, { cause, problem, fault: cause.kind });
}
