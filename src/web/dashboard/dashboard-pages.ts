import type { Context, Hono } from "hono";
import { errorMessage } from "../../errors/error-message.ts";
import { DelayedMailError, StoreError } from "../../errors/errors.ts";
import { registry } from "../../jobs/handler.ts";
import { JOB_STATES, type JobRecord, type JobState } from "../../jobs/job-record.ts";
import type { Newsletter, NewsletterProgress } from "../../jobs/newsletter.ts";
import { decode } from "../../jobs/stored-value.ts";
import { isMailer } from "../../mailers/handler.ts";
import { rehearsedKey } from "../../newsletters/newsletter-store.ts";
import { visibleHtml } from "../../previews/visible-html.ts";
import { readLook } from "../dev/look.ts";
import { faultPart, frame } from "../dev/preview-view.ts";
import { fieldsOf, framed } from "../dev/previews-pages.ts";
import { type Html, html, NOTHING, visible } from "../page/html.ts";
import { layout, notice, type Page, type Site } from "../page/layout.ts";
import type { Viewer } from "./access.ts";
import { workersView } from "./activity-views.ts";
import {
  type Acts,
  bulkSchema,
  JOB_VERBS,
  type JobVerb,
  NEWSLETTER_VERBS,
  type NewsletterVerb,
  SCHEDULE_VERBS,
  type ScheduleVerb,
} from "./acts.ts";
import type { Board, NewsletterRow } from "./board.ts";
import { placeOf } from "./cursor.ts";
import { outcomesDownload } from "./outcomes-download.ts";
import { keyLimitsPart, queueTable } from "./queue-views.ts";
import type { Redact } from "./redaction.ts";
import type { RehearsalsShown } from "./rehearsal-view.ts";
import { scheduleTable } from "./schedule-views.ts";
import { T } from "./texts.ts";
import { flash, type Surroundings } from "./view-parts.ts";
import {
  jobsView,
  jobView,
  type NewsletterView,
  newsletterList,
  newsletterView,
  overview,
  reasonOf,
} from "./views.ts";

export interface DashboardPagesOptions {
  readonly site: Site;
  readonly board: Board;
  readonly acts: Acts;
  readonly redact: Redact | undefined;
}

/** Where the viewer is kept between the guard and the pages. */
export type WithViewer = { Variables: { viewer: Viewer } };

const PAGE = 50;
/** Of how many failed recipients the reasons are counted, and how many reasons are shown. */
const COUNTED_FAILURES = 1_000;
const SHOWN_REASONS = 8;

/** The pages of the dashboard. */
export class DashboardPages {
  readonly #options: DashboardPagesOptions;

  constructor(options: DashboardPagesOptions) {
    this.#options = options;
  }

  mount(app: Hono<WithViewer>): void {
    const { board } = this.#options;
    app.get("/", (context) => this.#overview(context));
    app.get("/jobs", (context) => this.#jobs(context));
    app.post("/jobs/bulk", (context) => this.#bulk(context));
    app.get("/jobs/:id", (context) => this.#job(context));
    app.get("/jobs/:id/mail", (context) => this.#mail(context));
    app.get("/jobs/:id/mail/frame", (context) => this.#mailFrame(context));
    for (const verb of JOB_VERBS) app.post(`/jobs/:id/${verb}`, (context) => this.#actOnJob(context, verb));
    app.get("/queues", (context) => this.#queues(context));
    for (const verb of ["pause", "resume"] as const)
      app.post(`/queues/${verb}`, (context) => this.#actOnQueue(context, verb));
    app.get("/workers", async (context) => {
      const [workers, now] = await Promise.all([board.workers(), board.now()]);
      const body = workersView(workers, now, this.#options.site.base);
      return this.#page(context, { title: T.workers, section: "/workers", live: "tick", body });
    });
    app.get("/schedules", (context) => this.#schedules(context));
    for (const verb of SCHEDULE_VERBS)
      app.post(`/schedules/${verb}`, (context) => this.#actOnSchedule(context, verb));
    app.get("/newsletters", async (context) => {
      const after = context.req.query("after");
      const body = newsletterList(
        await board.newsletters(after),
        this.#options.site.base,
        after === undefined,
      );
      return this.#page(context, { title: "Newsletters", section: "/newsletters", live: "tick", body });
    });
    app.get("/newsletters/:id/outcomes.csv", async (context) => {
      const newsletter = await board.newsletter(context.req.param("id"));
      return newsletter ? outcomesDownload(newsletter, this.#options.redact) : context.notFound();
    });
    app.get("/newsletters/:id", (context) => this.#newsletter(context));
    app.post("/newsletters/:id/find", (context) => this.#find(context));
    for (const verb of NEWSLETTER_VERBS)
      app.post(`/newsletters/:id/${verb}`, (context) => this.#actOnNewsletter(context, verb));
  }

  async #overview(context: Context<WithViewer>): Promise<Response> {
    const { board } = this.#options;
    const span = context.req.query("span") === "month" ? "month" : "day";
    const [activity, workers, tally, queues, running, failed, newsletters] = await Promise.all([
      board.activity(span),
      board.workers(),
      board.tally(),
      board.queues(),
      board.jobs({ state: "leased", limit: 20 }),
      board.jobs({ state: "failed", limit: 8 }),
      board.newsletters(),
    ]);
    const data = {
      activity,
      workers,
      tally,
      queues,
      running: running.jobs,
      failed: failed.jobs,
      newsletters: newsletters.newsletters,
    };
    const body = overview(data, this.#around(context));
    const here = span === "day" ? "/" : `/?span=${span}`;
    return this.#page(context, { title: "Overview", section: "/", live: "tick", here, body });
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
    const body = jobsView(view, this.#around(context));
    return this.#page(context, { title: "Jobs", section: "/jobs", live: "tick", body });
  }

  async #job(context: Context<WithViewer>, said?: Said): Promise<Response> {
    const job = await this.#options.board.job(context.req.param("id") ?? "");
    if (job === undefined) return this.#gone(context, said);
    const body = jobView({ job, said }, this.#around(context));
    const here = `/jobs/${job.id}`;
    const page = {
      title: `${job.handler}.${job.action}`,
      section: "/jobs",
      live: "tick",
      here,
      body,
    } as const;
    return this.#page(context, page, said?.isBad ? 409 : 200);
  }

  #gone(context: Context<WithViewer>, said?: Said): Promise<Response> {
    const { base } = this.#options.site;
    const why = "It was done and is not kept, or it was removed.";
    const link = html`<a href="${base}/jobs">All jobs</a>`;
    const body = said ? notice(said.text, why, link) : notice("There is no such job", why, link);
    return this.#page(context, { title: "Job", section: "/jobs", body }, said ? 200 : 404);
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
      if (!wanted.success) return "Nothing was done: the form cannot be read.";
      if (which !== "all" && ids.length === 0) return "Nothing was done: no job is marked.";
      return (await acts.bulk(context.get("viewer"), wanted.data)).message;
    });
    const back = `${site.base}/jobs?${new URLSearchParams(filter)}`;
    const body = notice(said.text, html`<a class="button" href="${back}">Back to the jobs</a>`);
    return this.#page(context, { title: "Jobs", section: "/jobs", body }, said.isBad ? 409 : 200);
  }

  async #queues(context: Context<WithViewer>, said?: Said): Promise<Response> {
    const { board } = this.#options;
    const [queues, limits] = await Promise.all([board.queues(), board.keyLimits()]);
    const around = this.#around(context);
    const body = html`<div class="head"><h1>Queues</h1></div>${said ? flash(said) : NOTHING}<div class="card">${queueTable(queues, around)}</div>${keyLimitsPart(limits, around)}`;
    return this.#page(context, { title: "Queues", section: "/queues", live: "tick", here: "/queues", body });
  }

  async #actOnQueue(context: Context<WithViewer>, verb: "pause" | "resume"): Promise<Response> {
    const queue = (await fieldsOf(context)).get("queue") ?? "";
    const said = await saying(
      async () => (await this.#options.acts.queue(context.get("viewer"), queue, verb)).message,
    );
    return this.#queues(context, said);
  }

  async #schedules(context: Context<WithViewer>, said?: Said): Promise<Response> {
    const rows = await this.#options.board.schedules();
    const table = scheduleTable(rows, this.#around(context));
    const body = html`<div class="head"><h1>Schedules</h1></div>${said ? flash(said) : NOTHING}${table}`;
    const page = {
      title: "Schedules",
      section: "/schedules",
      live: "tick",
      here: "/schedules",
      body,
    } as const;
    return this.#page(context, page);
  }

  async #actOnSchedule(context: Context<WithViewer>, verb: ScheduleVerb): Promise<Response> {
    const name = (await fieldsOf(context)).get("schedule") ?? "";
    const { acts } = this.#options;
    const said = await saying(async () => (await acts.schedule(context.get("viewer"), name, verb)).message);
    return this.#schedules(context, said);
  }

  async #newsletter(
    context: Context<WithViewer>,
    more: Pick<NewsletterView, "said" | "found"> = {},
  ): Promise<Response> {
    const newsletter = await this.#options.board.newsletter(context.req.param("id") ?? "");
    if (newsletter === undefined) {
      const body = notice("There is no such newsletter", "It was deleted.");
      return this.#page(context, { title: "Newsletter", section: "/newsletters", body }, 404);
    }
    const { id, key } = newsletter;
    const row: NewsletterRow = { id, key, progress: await newsletter.progress() };
    const { reasons, looked } = await reasonsOf(newsletter.failures());
    const rehearsals = await this.#rehearsals(newsletter, row.progress);
    const view = { row, troubles: await newsletter.troubles(), reasons, looked, rehearsals, ...more };
    const body = newsletterView(view, this.#around(context));
    return this.#page(context, {
      title: key,
      section: "/newsletters",
      live: "tick",
      here: `/newsletters/${id}`,
      body,
    });
  }

  async #rehearsals(newsletter: Newsletter, progress: NewsletterProgress): Promise<RehearsalsShown> {
    const { board } = this.#options;
    const report = await board.rehearsal(newsletter, progress);
    const of = rehearsedKey(newsletter.key);
    const isRehearsal = report !== undefined || (of !== newsletter.key && progress.state !== "finished");
    if (!isRehearsal) return { kind: "newsletter", rehearsals: await board.rehearsals(newsletter.key) };
    return { kind: "rehearsal", report, of: await board.newsletter(of) };
  }

  /** By a form, because an address has no place in a URL. */
  async #find(context: Context<WithViewer>): Promise<Response> {
    const asked = (await fieldsOf(context)).get("recipient")?.trim() ?? "";
    const newsletter = await this.#options.board.newsletter(context.req.param("id") ?? "");
    const outcome = asked === "" ? undefined : await newsletter?.outcomeOf(asked);
    return this.#newsletter(context, { found: { asked, outcome } });
  }

  async #actOnNewsletter(context: Context<WithViewer>, verb: NewsletterVerb): Promise<Response> {
    const { acts } = this.#options;
    const id = context.req.param("id") ?? "";
    const said = await saying(async () => (await acts.newsletter(context.get("viewer"), id, verb)).message);
    return this.#newsletter(context, { said });
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
    const body = html`<div class="head"><h1>The mail of <a href="${path}">${job.handler}.${job.action}</a></h1></div><div class="card"><div class="inside"><strong>${visible(subject)}</strong><p class="small faint">Made now, as a worker would make it. Nothing is sent.</p></div>${shown}</div>`;
    return this.#page(context, { title: "Mail", section: "/jobs", body });
  }

  async #mailFrame(context: Context<WithViewer>): Promise<Response> {
    const job = await this.#openJob(context);
    const made = job && (await this.#make(job));
    if (made === undefined || "problem" in made) return context.text("There is no mail.\n", 404);
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
      if (!isMailer(mailer)) return { problem: `${handler} is no mailer.` };
      const app = await this.#options.board.app();
      const call = mailer.upcast(action, args.map(decode));
      // `encode` wrote params from an object.
      const given = decode(params) as Readonly<Record<string, unknown>>;
      return await app.pipeline.preview(mailer.message({ action, args: call, params: given, meta }));
    } catch (error) {
      return { problem: errorMessage(error) };
    }
  }

  #around(context: Context<WithViewer>): Surroundings {
    const { site, redact } = this.#options;
    return { base: site.base, mayAct: context.get("viewer").may === "write", redact };
  }

  async #page(context: Context<WithViewer>, page: Page, status: 200 | 404 | 409 = 200): Promise<Response> {
    return context.html(layout(this.#options.site, page), status);
  }
}

interface Said {
  readonly text: string;
  readonly isBad: boolean;
}

/** What an act came to, in words; the store's own troubles are not its. */
async function saying(act: () => Promise<string>): Promise<Said> {
  try {
    return { text: await act(), isBad: false };
  } catch (error) {
    if (error instanceof StoreError || !(error instanceof DelayedMailError)) throw error;
    return { text: error.message, isBad: true };
  }
}

export function stateOf(text: string | undefined): JobState | undefined {
  return JOB_STATES.find((state) => state === text);
}

function lastOf(value: unknown): string | undefined {
  const last: unknown = [value].flat().at(-1);
  return typeof last === "string" ? last : undefined;
}

async function reasonsOf(failures: AsyncIterable<Parameters<typeof reasonOf>[0]>) {
  const counts = new Map<string, number>();
  let looked = 0;
  for await (const failure of failures) {
    const reason = reasonOf(failure);
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
    looked += 1;
    if (looked === COUNTED_FAILURES) break;
  }
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a).slice(0, SHOWN_REASONS);
  return { reasons: sorted.map(([reason, count]) => ({ reason, count })), looked };
}

/** A page that says that the store is away, and looks again by itself, without script too. */
export function awayPage(site: Site, error: unknown): Html {
  const body = html`<section class="empty" role="alert"><h1>The store does not answer</h1><p>${visible(errorMessage(error))}</p><p>This page looks again by itself.</p></section>`;
  return layout(site, { title: "Away", section: "", live: "tick", body });
}
