import type { Context, Hono } from "hono";
import { errorMessage } from "../../errors/error-message.ts";
import { registry } from "../../jobs/handler.ts";
import type { JobRecord } from "../../jobs/job-record.ts";
import { decode } from "../../jobs/stored-value.ts";
import { isMailer } from "../../mailers/handler.ts";
import { visibleHtml } from "../../previews/visible-html.ts";
import { readLook } from "../dev/look.ts";
import { faultPart, frame } from "../dev/preview-view.ts";
import { fieldsOf, framed } from "../dev/previews-pages.ts";
import { html, visible } from "../page/html.ts";
import { notice } from "../page/layout.ts";
import { T } from "../texts.ts";
import { bulkSchema, JOB_VERBS, type JobVerb } from "./acts.ts";
import {
  Answers,
  type DashboardPagesOptions,
  type Said,
  saying,
  stateOf,
  type WithViewer,
} from "./answers.ts";
import { placeOf } from "./cursor.ts";
import { jobView } from "./views/job-view.ts";
import { jobsView } from "./views/jobs-view.ts";

const PAGE = 50;

/** Pages of jobs: the list, one of them, and its mail. */
export class JobPages {
  readonly #options: DashboardPagesOptions;
  readonly #answers: Answers;

  constructor(options: DashboardPagesOptions) {
    this.#options = options;
    this.#answers = new Answers(options);
  }

  mount(app: Hono<WithViewer>): void {
    app.get("/jobs", (context) => this.#jobs(context));
    app.post("/jobs/bulk", (context) => this.#bulk(context));
    app.get("/jobs/:id", (context) => this.#job(context));
    app.get("/jobs/:id/mail", (context) => this.#mail(context));
    app.get("/jobs/:id/mail/frame", (context) => this.#mailFrame(context));
    for (const verb of JOB_VERBS) app.post(`/jobs/:id/${verb}`, (context) => this.#actOnJob(context, verb));
  }

  async #jobs(context: Context<WithViewer>): Promise<Response> {
    const { board, site } = this.#options;
    const { q: words = "", queue, state: asked, after } = context.req.query();
    const state = stateOf(asked);
    if (/^[0-9a-f]{24}$/.test(words.trim()))
      return context.redirect(`${site.base}/jobs/${words.trim()}`, 302);
    const place = placeOf(after);
    const wanted = queue === "" ? undefined : queue;
    const [answer, tally] = await Promise.all([
      board.jobs({ state, queue: wanted, words, after: place, limit: PAGE }),
      board.tally(),
    ]);
    const view = { answer, tally, state, queue: wanted, words, isFirst: place === undefined };
    const body = jobsView(view, this.#answers.around(context));
    return this.#answers.page(context, { title: T.jobs, section: "/jobs", live: "tick", body });
  }

  async #job(context: Context<WithViewer>, said?: Said): Promise<Response> {
    const job = await this.#options.board.job(context.req.param("id") ?? "");
    if (job === undefined) return this.#gone(context, said);
    const body = jobView({ job, said }, this.#answers.around(context));
    const here = `/jobs/${job.id}`;
    const page = {
      title: `${job.handler}.${job.action}`,
      section: "/jobs",
      live: "tick",
      here,
      body,
    } as const;
    return this.#answers.page(context, page, said?.isBad ? 409 : 200);
  }

  #gone(context: Context<WithViewer>, said?: Said): Promise<Response> {
    const { base } = this.#options.site;
    const why = T.jobGoneWhy;
    const link = html`<a href="${base}/jobs">${T.allJobs}</a>`;
    const body = said ? notice(said.text, why, link) : notice(T.noSuchJob, why, link);
    return this.#answers.page(context, { title: T.job, section: "/jobs", body }, said ? 200 : 404);
  }

  async #actOnJob(context: Context<WithViewer>, verb: JobVerb): Promise<Response> {
    const { acts } = this.#options;
    const runAt = (await fieldsOf(context)).get("runAt");
    const time = runAt === undefined ? {} : { runAt: new Date(`${runAt}Z`) };
    const said = await saying(async () => {
      const id = context.req.param("id") ?? "";
      return (await acts.job(context.get("viewer"), id, { verb, ...time })).message;
    });
    return this.#job(context, said);
  }

  async #bulk(context: Context<WithViewer>): Promise<Response> {
    const { acts, site } = this.#options;
    const form = await context.req.parseBody({ all: true });
    const [verb, which] = String(form.verb ?? "").split(":");
    const ids = [form.id ?? []].flat().filter((id) => typeof id === "string");
    const state = stateOf(lastOf(form.state));
    const queue = lastOf(form.queue) || undefined;
    const filter = { ...(state && { state }), ...(queue !== undefined && { queue }) };
    const wanted = bulkSchema.safeParse(which === "all" ? { verb, filter } : { verb, ids });
    const said = await saying(async () => {
      if (!wanted.success) return T.formUnreadable;
      if (which !== "all" && ids.length === 0) return T.noneMarked;
      return (await acts.bulk(context.get("viewer"), wanted.data)).message;
    });
    const back = `${site.base}/jobs?${new URLSearchParams(filter)}`;
    const body = notice(said.text, html`<a class="button" href="${back}">${T.backToTheJobs}</a>`);
    return this.#answers.page(context, { title: T.jobs, section: "/jobs", body }, said.isBad ? 409 : 200);
  }

  async #mail(context: Context<WithViewer>): Promise<Response> {
    const { site } = this.#options;
    const job = await this.#openJob(context);
    if (job === undefined) return this.#gone(context);
    const made = await this.#make(job);
    const path = `${site.base}/jobs/${job.id}`;
    const shown =
      "problem" in made
        ? faultPart({ message: made.problem, place: undefined })
        : made.mail.html === undefined
          ? html`<pre class="inside" tabindex="0">${visible(made.mail.text)}</pre>`
          : frame(`${path}/mail/frame`, { width: "desktop", scheme: "light" });
    const subject = "problem" in made ? "" : made.mail.subject;
    const body = html`<div class="head"><h1>${T.theMailOf} <a href="${path}">${job.handler}.${job.action}</a></h1></div><div class="card"><div class="inside"><strong>${visible(subject)}</strong><p class="small faint">${T.madeNow}</p></div>${shown}</div>`;
    return this.#answers.page(context, { title: T.mail, section: "/jobs", body });
  }

  async #mailFrame(context: Context<WithViewer>): Promise<Response> {
    const job = await this.#openJob(context);
    const made = job && (await this.#make(job));
    if (made === undefined || "problem" in made) return context.text(T.noMailPlain, 404);
    return framed(context, visibleHtml(made.mail) ?? "", readLook(context.req.query()));
  }

  /** Where arguments are not shown, neither is what is made of them. */
  async #openJob(context: Context<WithViewer>): Promise<JobRecord | undefined> {
    if (this.#options.redact !== false) return undefined;
    return this.#options.board.job(context.req.param("id") ?? "");
  }

  async #make({ handler, action, args, params, meta }: JobRecord) {
    try {
      const mailer = registry.find(handler, action);
      if (!isMailer(mailer)) return { problem: T.noMailer(handler) };
      const app = await this.#options.board.app();
      const call = mailer.upcast(action, args.map(decode));
      // `encode` wrote params from an object.
      const given = decode(params) as Readonly<Record<string, unknown>>;
      return await app.pipeline.preview(mailer.message({ action, args: call, params: given, meta }));
    } catch (error) {
      return { problem: errorMessage(error) };
    }
  }
}

function lastOf(value: unknown): string | undefined {
  const last: unknown = [value].flat().at(-1);
  return typeof last === "string" ? last : undefined;
}
