import { z } from "zod";

/** The part of a mail a template is for. html is escaped; text and subject are not. */
export type PartFormat = "html" | "text" | "subject";

/** The mail a helper is called for. */
export interface HelperMail {
  /** The locale asked for, for `Intl`. */
  readonly locale: string;
  readonly timeZone: string;
  /** What paths become absolute with; undefined where nothing sets it. */
  readonly baseUrl: string | undefined;
  /**
   * The text of the catalogues for this key, with its placeholders filled; `encode` is applied to what is filled in.
   * @throws Error when no catalogue has it, or a placeholder has no value
   */
  translate(
    key: string,
    values: Readonly<Record<string, unknown>>,
    encode?: (text: string) => string,
  ): string;
  /** The URL of an image that travels inside the mail. @throws Error when there is no such image */
  embed(reference: string): string;
}

/** Where in the templates a helper is called. */
export interface HelperPlace {
  /** The file the call stands in: "user-mailer/welcome.html.hbs". */
  readonly template: string;
  readonly format: PartFormat;
  /** What stands between `{{#name}}` and `{{/name}}`, rendered; in html it is html. Undefined for `{{name ...}}`. */
  readonly body: (() => string) | undefined;
}

/** One call of a helper: what it was given, checked, and for which mail. */
export interface HelperCall<A = readonly unknown[], N = object> extends HelperMail, HelperPlace {
  readonly args: A;
  readonly named: N;
}

export interface HelperOptions<A, N> {
  /** What stands after the name: `{{stars 4}}`. */
  readonly args: z.ZodType<A>;
  /** What has a name of its own: `{{price 4 currency="EUR"}}`. @default none is taken */
  readonly named?: z.ZodType<N>;
  /**
   * Whether it gives html in html parts. Otherwise what it gives is escaped there. A helper that gives html must escape what
   * it was given, and is called for every single mail of a newsletter.
   * @default false
   */
  readonly html?: boolean;
}

/** Something templates can call, with its types forgotten. Made by `helper()`. */
export interface Helper {
  readonly html: boolean;
  /** What is wrong with these arguments; never says their values. */
  problems(args: readonly unknown[], named: object): readonly string[];
  /** @throws Error when the arguments do not fit, and what the function throws */
  run(args: readonly unknown[], named: object, mail: HelperMail, place: HelperPlace): unknown;
}

/**
 * A function that templates can call, with its arguments checked by zod and typed by that.
 * @example
 *   const stars = helper({ args: z.tuple([z.int().min(0).max(5)]) }, ({ args: [count] }) => "★".repeat(count));
 *   configure({ helpers: { stars } }); // {{stars review.rating}}
 */
export function helper<A extends readonly unknown[], N extends object = Record<never, never>>(
  { args: argsSchema, named: namedSchema, html = false }: HelperOptions<A, N>,
  run: (call: HelperCall<A, N>) => unknown,
): Helper {
  const schema = z.object({ args: argsSchema, named: namedSchema ?? z.strictObject({}) });
  return {
    html,
    problems(args, named) {
      const result = schema.safeParse({ args, named });
      return result.success ? [] : result.error.issues.map(describe);
    },
    run(args, named, mail, place) {
      const result = schema.safeParse({ args, named });
      if (!result.success) throw new Error(result.error.issues.map(describe).join("; "));
      // Without a schema of their own, named arguments are an empty object, which is what N is then.
      const given = result.data as { args: A; named: N };
      return run({ ...given, ...place, ...callable(mail) });
    },
  };
}

/** The members of a mail by themselves: those of a class would be lost in a spread. */
function callable(mail: HelperMail): HelperMail {
  const { locale, timeZone, baseUrl } = mail;
  return {
    ...{ locale, timeZone, baseUrl },
    translate: (...args) => mail.translate(...args),
    embed: (reference) => mail.embed(reference),
  };
}

function describe({ path: [kind, index, ...rest], message }: z.core.$ZodIssue): string {
  if (index === undefined) return message;
  const name = kind === "args" ? `argument ${Number(index) + 1}` : String(index);
  return `${[name, ...rest.map(String)].join(".")}: ${message}`;
}
