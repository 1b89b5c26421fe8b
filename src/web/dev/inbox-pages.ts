import type { Context, Hono } from "hono";
import { auditHtml } from "../../previews/html-audit.ts";
import { download } from "../mail/download.ts";
import { counted, foreign, type Html, html, kilobytes, NOTHING, number, when } from "../page/html.ts";
import { layout, notice, type Site } from "../page/layout.ts";
import type { ServerEvents } from "../server-events.ts";
import { T } from "../texts.ts";
import { type InboxFolderReader, type InboxMail, type OpenedMail, SEARCHED } from "./inbox-folder-reader.ts";
import { type Look, lookQuery, readLook } from "./look.ts";
import { attachmentsPart, frame, headerTable, preformatted, sizeOf } from "./preview-view.ts";
import { fieldsOf, framed } from "./previews-pages.ts";

export interface InboxOptions {
  readonly site: Site;
  readonly reader: InboxFolderReader;
  readonly events: ServerEvents;
  /** How mails come here, in a sentence. */
  readonly hint: string;
}

const PAGE = 50;

/** What would have been sent: the files of the inbox folder, newest first. */
export class InboxPages {
  readonly #options: InboxOptions;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  mount(app: Hono): void {
    app.get("/inbox", (context) => this.#show(context));
    app.post("/inbox/delete-all", (context) => this.#deleteAll(context));
    app.get("/inbox/:id", (context) => this.#show(context));
    app.post("/inbox/:id/delete", (context) => this.#delete(context));
    app.get("/inbox/:id/frame", (context) => this.#frame(context));
    app.get("/inbox/:id/mail.eml", (context) => this.#eml(context));
    app.get("/inbox/:id/attachments/:index", (context) => this.#attachment(context));
    app.get("/api/inbox", (context) => this.#list(context));
    app.get("/api/inbox/:id", (context) => this.#one(context));
  }

  async #show(context: Context): Promise<Response> {
    const { site, reader, hint } = this.#options;
    const id = context.req.param("id");
    const words = context.req.query("q") ?? "";
    const offset = offsetOf(context);
    const [{ mails, total }, opened] = await Promise.all([
      reader.list({ words, offset, limit: PAGE }),
      id === undefined ? undefined : reader.get(id),
    ]);
    const look = readLook(context.req.query());
    const isEmpty = total === 0 && words === "" && opened === undefined;
    const shown = opened
      ? mailPart(site.base, opened, look)
      : id === undefined
        ? html`<p class="faint">${T.chooseMail} <kbd>j</kbd>, <kbd>k</kbd> ${T.and} <kbd>Enter</kbd>. ${hint}</p>`
        : notice(T.noSuchMail, T.wasDeleted);
    const body = isEmpty
      ? notice(
          T.noMailYet,
          hint,
          html`${T.sendOne} <code>delayed-mailer send UserMailer.welcome '["ann@example.com", "Ann"]'</code>`,
        )
      : html`<div class="head"><h1>${T.inbox}</h1><span class="faint">${counted(total, T.mailWord, T.mailsWord)}</span><span class="grow"></span>${deleteAllForm(site.base, words === "" ? total : undefined)}</div>
<div class="split mail${opened ? " opened" : ""}">${mailList(site.base, { mails, total, words, offset, current: id })}<div>${shown}</div></div>`;
    const page = { title: T.inbox, section: "/inbox", live: "inbox", wide: true, body } as const;
    return context.html(layout(site, page), id !== undefined && opened === undefined ? 404 : 200);
  }

  async #deleteAll(context: Context): Promise<Response> {
    await this.#options.reader.deleteAll();
    this.#options.events.tell("inbox");
    return context.redirect(`${this.#options.site.base}/inbox`, 303);
  }

  async #delete(context: Context): Promise<Response> {
    await this.#options.reader.delete(context.req.param("id") ?? "");
    this.#options.events.tell("inbox");
    await fieldsOf(context);
    return context.redirect(`${this.#options.site.base}/inbox`, 303);
  }

  async #frame(context: Context): Promise<Response> {
    const opened = await this.#find(context);
    if (opened?.mail.html === undefined) return context.text(T.noHtmlPlain, 404);
    return framed(context, withImages(opened), readLook(context.req.query()));
  }

  async #eml(context: Context): Promise<Response> {
    const opened = await this.#find(context);
    return opened ? download(context, `${opened.id}.eml`, opened.raw) : context.text(T.noSuchMailPlain, 404);
  }

  async #attachment(context: Context): Promise<Response> {
    const opened = await this.#find(context);
    const file = opened && filesOf(opened)[Number(context.req.param("index"))];
    return file ? download(context, file.filename, file.content) : context.text(T.noSuchFilePlain, 404);
  }

  async #list(context: Context): Promise<Response> {
    const words = context.req.query("q") ?? "";
    const { mails, total } = await this.#options.reader.list({
      words,
      offset: offsetOf(context),
      limit: PAGE,
    });
    return context.json({ total, mails: mails.map(({ words: _, ...mail }) => mail) });
  }

  async #one(context: Context): Promise<Response> {
    const opened = await this.#find(context);
    if (opened === undefined) return context.json({ error: T.noSuchMailJson }, 404);
    const { mail, raw: _, words: __, ...rest } = opened;
    const headers = mail.headers.map(({ originalKey, value }) => [originalKey, value]);
    const files = filesOf(opened).map(({ filename, content }) => ({ filename, size: content.length }));
    return context.json({ ...rest, headers, text: mail.text, html: mail.html, files });
  }

  #find(context: Context): Promise<OpenedMail | undefined> {
    return this.#options.reader.get(context.req.param("id") ?? "");
  }
}

function offsetOf(context: Context): number {
  const offset = Number(context.req.query("offset"));
  return Number.isSafeInteger(offset) && offset > 0 ? offset : 0;
}

interface List {
  readonly mails: readonly InboxMail[];
  readonly total: number;
  readonly words: string;
  readonly offset: number;
  readonly current: string | undefined;
}

function mailList(base: string, { mails, total, words, offset, current }: List): Html {
  const query = new URLSearchParams({
    ...(words && { q: words }),
    ...(offset && { offset: String(offset) }),
  });
  const more = (to: number, label: string) =>
    html`<a class="button" href="${base}/inbox?${new URLSearchParams({ ...(words && { q: words }), offset: String(to) })}">${label}</a>`;
  return html`<nav class="side" aria-label="${T.mails}">
<form action="${base}/inbox" role="search"><input type="search" name="q" value="${words}" placeholder="${T.searchInboxFor}" aria-label="${T.searchTheInbox}"></form>
<ul class="mails">${mails.map(
    (
      mail,
    ) => html`<li data-row><a href="${base}/inbox/${mail.id}?${query}"${mail.id === current ? html` aria-current="page"` : NOTHING}>
<span class="line"><span>${foreign(mail.subject || T.noSubject)}</span><span class="faint small">${when(mail.at)}</span></span>
<span class="faint small">${foreign(mail.to.join(", "))}${mail.attachments > 0 ? html` · ${counted(mail.attachments, T.file, T.files)}` : NOTHING}</span></a></li>`,
  )}</ul>
${mails.length === 0 ? html`<p class="inside faint small">${T.nothingOfTheNewest(number(SEARCHED))} <a href="${base}/inbox">${T.showAll}</a></p>` : NOTHING}
<p class="row inside">${offset > 0 ? more(Math.max(0, offset - PAGE), T.newer) : NOTHING}${offset + PAGE < total ? more(offset + PAGE, T.older) : NOTHING}</p>
</nav>`;
}

function deleteAllForm(base: string, total: number | undefined): Html {
  return html`<details class="ask"><summary>${T.deleteAll}</summary><form method="post" action="${base}/inbox/delete-all"><p>${total === undefined ? T.deleteAllQuestion : T.deleteAllOf(number(total))}</p><button class="danger">${T.deleteThemAll}</button></form></details>`;
}

function mailPart(base: string, opened: OpenedMail, look: Look): Html {
  const { id, mail, from, to, subject, at, size } = opened;
  const path = `${base}/inbox/${id}`;
  const tab = (name: Look["tab"], label: string) =>
    html`<a href="${path}?${lookQuery(look, { tab: name })}"${look.tab === name ? html` aria-current="page"` : NOTHING}>${label}</a>`;
  const choose = (name: "width" | "scheme", values: readonly string[]) =>
    html`<nav class="tabs" aria-label="${name === "width" ? T.width : T.screen}">${values.map(
      (value) =>
        html`<a href="${path}?${lookQuery(look, { [name]: value })}"${look[name] === value ? html` aria-current="true"` : NOTHING}>${value}</a>`,
    )}</nav>`;
  const isHtml = mail.html !== undefined && look.tab === "html";
  const remote = mail.html === undefined ? 0 : auditHtml(mail.html).remote;
  return html`<div class="card">
<header><h1>${foreign(subject || T.noSubject)}</h1><span class="grow"></span><a class="button" href="${path}/mail.eml">.eml</a>
<details class="ask"><summary>${T.deleteOne}</summary><form method="post" action="${path}/delete"><p>${T.deleteQuestion}</p><button class="danger">${T.deleteIt}</button></form></details></header>
<div class="inside"><dl class="pairs"><dt>${T.from}</dt><dd>${foreign(from)}</dd><dt>${T.to}</dt><dd>${to.map(
    (one, index) =>
      html`${index > 0 ? ", " : ""}<a href="${base}/inbox?${new URLSearchParams({ q: one.replace(/^.*<([^<]*)>$/, "$1") })}" title="${T.allMailsToThis}">${foreign(one)}</a>`,
  )}</dd><dt>${T.when}</dt><dd>${when(at)} <span class="faint">· ${kilobytes(size)}</span></dd></dl></div>
<header><nav class="tabs" aria-label="${T.partsOfTheMail}">${mail.html === undefined ? NOTHING : tab("html", T.htmlPart)}${tab("text", T.textPart)}${tab("headers", T.headersPart)}${tab("source", T.sourcePart)}</nav>
<span class="grow"></span>${isHtml ? html`${choose("width", ["phone", "tablet", "desktop"])}${choose("scheme", ["light", "dark", "inverted"])}` : NOTHING}${sizeOf(mail.html)}</header>
${
  isHtml && remote > 0
    ? html`<p class="inside small faint">${look.remote ? html`${T.picturesFromElsewhereAre} <a href="${path}?${lookQuery(look, { remote: undefined })}">${T.hideThem}</a>` : html`${T.notFetched(counted(remote, T.picture, T.pictures))} <a href="${path}?${lookQuery(look, { remote: "1" })}">${T.fetch}</a>`}</p>`
    : NOTHING
}
${isHtml ? frame(`${path}/frame?${lookQuery(look)}`, look) : NOTHING}
${look.tab === "text" || (look.tab === "html" && mail.html === undefined) ? preformatted(mail.text ?? "") : NOTHING}
${look.tab === "headers" ? headerTable(mail.headers.map(({ originalKey, value }) => [originalKey, value])) : NOTHING}
${look.tab === "source" ? preformatted(opened.raw.toString("utf8")) : NOTHING}
${attachmentsPart(filesOf(opened), `${path}/attachments`, "")}
</div>`;
}

function filesOf({
  mail,
}: OpenedMail): readonly { readonly filename: string; readonly content: Uint8Array }[] {
  return mail.attachments.map(({ filename, content }) => ({
    filename: filename ?? T.file,
    content: bytesOf(content),
  }));
}

/** Pictures that travel inside the mail, inside its html; of nothing else that says it is a picture. */
function withImages({ mail }: OpenedMail): string {
  const images = new Map(
    mail.attachments.flatMap(({ contentId, mimeType, content }) =>
      contentId !== undefined && /^image\/(?:png|jpe?g|gif|webp|svg\+xml)$/.test(mimeType)
        ? [[contentId.replace(/^<|>$/g, ""), { mimeType, content }] as const]
        : [],
    ),
  );
  return (mail.html ?? "").replace(/(["'(=]\s*)cid:([^"')\s>]+)/gi, (found, before: string, cid: string) => {
    const image = images.get(cid) ?? images.get(decodedUri(cid));
    if (image === undefined) return found;
    const base64 = Buffer.from(bytesOf(image.content)).toString("base64");
    return `${before}data:${image.mimeType};base64,${base64}`;
  });
}

function bytesOf(content: ArrayBuffer | Uint8Array | string): Uint8Array {
  if (typeof content === "string") return Buffer.from(content);
  return content instanceof Uint8Array ? content : new Uint8Array(content);
}

function decodedUri(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
