import type { Context, Hono } from "hono";
import { errorMessage } from "../../errors/error-message.ts";
import type { Registry } from "../../jobs/handler.ts";
import { mailbox } from "../../mail/addresses.ts";
import { isLocale, isTimeZone } from "../../mail/language.ts";
import { isMailer } from "../../mailers/handler.ts";
import { Preview, type PreviewRegistry } from "../../mailers/preview.ts";
import { adviceOnMail } from "../../previews/advice.ts";
import { auditHtml } from "../../previews/html-audit.ts";
import type { Previewer } from "../../previews/previewer.ts";
import type { PreviewResult, Shown } from "../../previews/showing.ts";
import { visibleHtml } from "../../previews/visible-html.ts";
import { withoutPreview } from "../../previews/without-preview.ts";
import type { Outcome, Transport } from "../../transports/transport.ts";
import { mailPolicy } from "../guards.ts";
import { download } from "../mail/download.ts";
import { framedHtml } from "../mail/framed-html.ts";
import { counted, type Html, html, NOTHING, visible } from "../page/html.ts";
import { layout, notice, type Site } from "../page/layout.ts";
import { T } from "../texts.ts";
import { argumentFields, InvalidInputError, readArguments } from "./argument-fields.ts";
import { type Look, lookQuery, readLook } from "./look.ts";
import { inOrder, previewList, previewPath, previewView } from "./preview-view.ts";
import { SampleEdits } from "./sample-edits.ts";

export interface PreviewsOptions {
  readonly site: Site;
  readonly registry: Registry;
  readonly previews: PreviewRegistry;
  readonly openPreviewer: () => Promise<Previewer>;
  /** Where "send me this" sends. */
  readonly openTransport: (name: string | undefined) => Promise<Transport>;
  /** The clock of mails that name none. */
  readonly timeZone: string;
  /** Files of mailers and previews that cannot be loaded. */
  readonly unloaded: readonly { readonly file: string; readonly problem: string }[];
}

const ZONES = [
  "UTC",
  "Europe/London",
  "Europe/Vienna",
  "America/New_York",
  "America/Los_Angeles",
  "Asia/Tokyo",
];
const ONE = "/previews/:mailer/:action/:scenario";

/** The pages of previews: every sample of every mail, looked at as its readers will. */
export class PreviewsPages {
  readonly #options: PreviewsOptions;
  readonly #edits = new SampleEdits();

  constructor(options: PreviewsOptions) {
    this.#options = options;
  }

  mount(app: Hono): void {
    app.get("/previews", (context) => this.#index(context));
    app.get(ONE, (context) => this.#show(context));
    app.get(`${ONE}/frame`, (context) => this.#frame(context));
    app.get(`${ONE}/mail.eml`, (context) => this.#eml(context));
    app.get(`${ONE}/attachments/:index`, (context) => this.#attachment(context));
    app.post(`${ONE}/arguments`, (context) => this.#edit(context));
    app.post(`${ONE}/send`, (context) => this.#send(context));
  }

  async #index(context: Context): Promise<Response> {
    const { site, registry, previews, unloaded } = this.#options;
    const all = inOrder(previews);
    const missing = withoutPreview(registry, previews);
    const advice = await this.#templateAdvice();
    const body = html`<div class="split"><div>${all.length === 0 ? NOTHING : previewList(site.base, all)}</div><div>
${unloadedPart(unloaded)}
${all.length === 0 ? emptyPart() : html`<div class="head"><h1>${counted(all.length, T.preview, T.previewsWord)}</h1></div><p class="faint">${T.choosePreview} <kbd>j</kbd>, <kbd>k</kbd> ${T.and} <kbd>Enter</kbd>. ${T.pageFollowsFiles}</p>`}
${missing.length === 0 ? NOTHING : html`<div class="card"><h2>${T.withoutAPreview}</h2><div class="inside"><ul class="plain">${missing.map(({ mailer, action, hint }) => html`<li><strong>${mailer}.${action}</strong><br><code class="faint">${hint}</code></li>`)}</ul></div></div>`}
${advice}
</div></div>`;
    return this.#page(context, T.previews, body);
  }

  async #templateAdvice(): Promise<Html> {
    try {
      const found = await (await this.#options.openPreviewer()).templateAdvice();
      if (found.length === 0) return NOTHING;
      return html`<div class="card"><h2>${T.adviceOnTemplates}</h2><div class="inside"><ul class="plain">${found.map(
        ({ file, line, column, message, excerpt }) =>
          html`<li><code>${file}:${line}:${column}</code> ${visible(message)}<pre class="block" tabindex="0">${visible(excerpt)}</pre></li>`,
      )}</ul></div></div>`;
    } catch (error) {
      return html`<div class="fault"><h2>${T.theTemplatesCannotBe}</h2><pre tabindex="0">${visible(errorMessage(error))}</pre></div>`;
    }
  }

  async #show(context: Context, problem?: string): Promise<Response> {
    const { site, registry, previews, unloaded, openTransport, timeZone } = this.#options;
    const preview = this.#find(context);
    if (preview === undefined) return this.#gone(context);
    const look = readLook(context.req.query());
    const seen = await this.#see(preview, look);
    const { result, locale, zone, locales, args } = seen;
    const handler = registry.find(preview.mailer, preview.action);
    const isShown = result.kind === "shown";
    const transport = await openTransport(isShown ? result.mail.transport : undefined).catch(() => undefined);
    const fields = isMailer(handler)
      ? argumentFields(args, handler.schemaOf(preview.action), handler.parametersOf(preview.action))
      : [];
    const view = previewView({
      ...{ base: site.base, look, preview, result, locales, locale, fields, problem },
      zone: zone ?? timeZone,
      zones: ZONES,
      audit: isShown && result.mail.html !== undefined ? auditHtml(result.mail.html) : undefined,
      advice: isShown ? adviceOnMail(result) : [],
      transport: transport?.name ?? T.transportNotOpened,
    });
    const list = previewList(site.base, inOrder(previews), preview);
    const body = html`<div class="split opened">${list}<div>${unloadedPart(unloaded)}${view}</div></div>`;
    const title = `${preview.mailer}.${preview.action}`;
    return this.#page(context, title, body, problem === undefined ? 200 : 422);
  }

  async #frame(context: Context): Promise<Response> {
    const look = readLook(context.req.query());
    const shown = await this.#shown(context, look);
    const mailHtml = shown && visibleHtml(shown.mail);
    if (mailHtml === undefined) return context.text(T.noHtmlPlain, 404);
    return framed(context, mailHtml, look);
  }

  async #eml(context: Context): Promise<Response> {
    const shown = await this.#shown(context, readLook(context.req.query()));
    if (shown === undefined) return this.#gone(context);
    return download(context, `${shown.preview.mailer}.${shown.preview.action}.eml`, shown.eml);
  }

  async #attachment(context: Context): Promise<Response> {
    const shown = await this.#shown(context, readLook(context.req.query()));
    const file = shown?.mail.attachments?.[Number(context.req.param("index"))];
    if (file === undefined) return this.#gone(context);
    return download(context, file.filename, Buffer.from(file.content));
  }

  async #edit(context: Context): Promise<Response> {
    const preview = this.#find(context);
    if (preview === undefined) return this.#gone(context);
    const { registry, site } = this.#options;
    const form = await fieldsOf(context);
    const look = readLook({ ...context.req.query(), ...Object.fromEntries(form) });
    const { args } = await this.#see(preview, look);
    const handler = registry.find(preview.mailer, preview.action);
    if (!isMailer(handler)) return this.#gone(context);
    const fields = argumentFields(
      args,
      handler.schemaOf(preview.action),
      handler.parametersOf(preview.action),
    );
    const values = new Map(
      [...form].flatMap(([name, value]) =>
        name.startsWith("arg.") ? [[name.slice(4), value] as const] : [],
      ),
    );
    try {
      const edit = this.#edits.add(readArguments(fields, values));
      return context.redirect(`${site.base}${previewPath(preview)}?${lookQuery(look, { edit })}`, 303);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      return this.#show(context, error.message);
    }
  }

  async #send(context: Context): Promise<Response> {
    const preview = this.#find(context);
    if (preview === undefined) return this.#gone(context);
    const form = await fieldsOf(context);
    const look = readLook({ ...context.req.query(), ...Object.fromEntries(form) });
    try {
      const to = mailbox(form.get("to") ?? "", T.theRecipient);
      const { result } = await this.#see(preview, look);
      if (result.kind !== "shown") return this.#show(context, T.cannotBeMade);
      const transport = await this.#options.openTransport(result.mail.transport);
      const mail = { ...plainMail(result), to: [to], cc: [], bcc: [] };
      const outcome = await transport.send(mail, { recipients: [to.address] });
      if (outcome.class !== "sent") return this.#show(context, refusal(outcome));
      const query = new URLSearchParams(lookQuery(look));
      query.set("sent", "1");
      return context.redirect(`${this.#options.site.base}${previewPath(preview)}?${query}`, 303);
    } catch (error) {
      return this.#show(context, errorMessage(error));
    }
  }

  #find(context: Context): Preview | undefined {
    const { mailer, action, scenario } = context.req.param() as Record<string, string>;
    return this.#options.previews.all().find((each) => {
      return each.mailer === mailer && each.action === action && each.scenario === scenario;
    });
  }

  /** The mail of a preview in one language, with what was typed over its sample. */
  async #see(preview: Preview, look: Look) {
    const previewer = await this.#options.openPreviewer();
    const sample = await preview.call().catch(() => undefined);
    const args = this.#edits.get(look.edit) ?? sample?.args ?? [];
    const params = { ...sample?.params };
    const locales = await previewer.locales().catch(() => []);
    const own = typeof params.locale === "string" ? params.locale : undefined;
    const locale =
      look.locale !== undefined && isLocale(look.locale) ? look.locale : (own ?? locales[0] ?? "en");
    const asked = look.zone !== undefined && isTimeZone(look.zone) ? look.zone : params.timeZone;
    const zone = typeof asked === "string" ? asked : undefined;
    const changed = { args, with: { ...params, ...(zone !== undefined && { timeZone: zone }) } };
    const seen = sample === undefined ? preview : new Preview(preview, changed);
    const [result] = await previewer.show(seen, [locale]);
    if (result === undefined) throw new Error("A preview in one language gives one result.");
    return { result, locale, locales, zone, args };
  }

  async #shown(context: Context, look: Look): Promise<Shown | undefined> {
    const preview = this.#find(context);
    const result: PreviewResult | undefined = preview && (await this.#see(preview, look)).result;
    return result?.kind === "shown" ? result : undefined;
  }

  #gone(context: Context): Promise<Response> {
    const { site } = this.#options;
    const body = notice(
      T.noSuchPreview,
      html`${T.previewGoneWhy} <a href="${site.base}/previews">${T.allPreviews}</a>`,
    );
    return this.#page(context, T.notFound, body, 404);
  }

  async #page(context: Context, title: string, body: Html, status: 200 | 404 | 422 = 200): Promise<Response> {
    const page = { title, section: "/previews", live: "changed", wide: true, body } as const;
    return context.html(layout(this.#options.site, page), status);
  }
}

/** The html of a mail, and nothing that it could do. */
export function framed(
  context: Context,
  mailHtml: string,
  { scheme, remote }: Look,
): Response | Promise<Response> {
  return context.body(framedHtml(mailHtml, scheme), 200, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": mailPolicy({ remote: remote === "1" }),
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "no-referrer",
  });
}

/** Of several values of one name the last; no files. */
export async function fieldsOf(context: Context): Promise<ReadonlyMap<string, string>> {
  const body = await context.req.parseBody();
  return new Map(
    Object.entries(body).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value] as const] : [],
    ),
  );
}

/** As an object of its own: the texts of a rendered mail may be made when they are read. */
function plainMail({ mail }: Shown): Shown["mail"] {
  const { html: body, text } = mail;
  return { ...mail, text, ...(body !== undefined && { html: body }) };
}

function refusal({ class: kind, response }: Outcome): string {
  return T.notSent(kind, response);
}

function unloadedPart(unloaded: PreviewsOptions["unloaded"]): Html {
  return html`${unloaded.map(
    ({ file, problem }) =>
      html`<div class="fault" role="alert"><h2>${T.cannotBeLoaded(file)}</h2><pre tabindex="0">${visible(problem)}</pre></div>`,
  )}`;
}

function emptyPart(): Html {
  return notice(
    T.noPreviewsYet,
    T.previewHow,
    html`<pre tabindex="0">// mailers/user-mailer.preview.ts
previews(UserMailer, {
  welcome: { normal: ["ann@example.com", "Ann"] },
});</pre>`,
    T.previewSoon,
  );
}
