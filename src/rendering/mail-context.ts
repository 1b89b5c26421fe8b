import type { InlineImages } from "../mail/attachments.ts";
import type { HelperMail, PartFormat } from "./helpers/helper.ts";
import type { Catalogues } from "./languages/catalogues.ts";
import { directionOf } from "./languages/languages.ts";

export interface MailContextOptions {
  readonly locale: string;
  readonly timeZone: string;
  readonly baseUrl: string | undefined;
  /** The language of what is written in the templates, which may be another than the one asked for. */
  readonly lang: string;
  readonly catalogues: Catalogues;
  readonly images: InlineImages;
}

/** What the helpers of one mail know of it. */
export class MailContext implements HelperMail {
  readonly locale: string;
  readonly timeZone: string;
  readonly baseUrl: string | undefined;
  readonly lang: string;
  readonly #catalogues: Catalogues;
  readonly #images: InlineImages;

  constructor({ locale, timeZone, baseUrl, lang, catalogues, images }: MailContextOptions) {
    this.locale = locale;
    this.timeZone = timeZone;
    this.baseUrl = baseUrl;
    this.lang = lang;
    this.#catalogues = catalogues;
    this.#images = images;
  }

  translate(
    key: string,
    values: Readonly<Record<string, unknown>>,
    encode?: (text: string) => string,
  ): string {
    return this.#catalogues.translate(key, this.locale, values, encode);
  }

  embed(reference: string): string {
    return this.#images.url(reference);
  }

  /** What templates read as `{{@locale}}` and so on. */
  data(): Readonly<Record<string, unknown>> {
    const { locale, timeZone, lang } = this;
    return { locale, timeZone, lang, dir: directionOf(lang) };
  }
}

/** What helpers find in the data of a template, beside what templates read there. */
export interface TemplateContext {
  readonly mail: MailContext;
  readonly format: PartFormat;
  /** Whether a file has said that missing values are to print nothing. */
  readonly isLenient: (template: string) => boolean;
}
