import type { Context, Hono } from "hono";
import { fieldsOf } from "../dev/previews-pages.ts";
import { html, NOTHING } from "../page/html.ts";
import { T } from "../texts.ts";
import { SCHEDULE_VERBS, type ScheduleVerb } from "./acts.ts";
import { Answers, type DashboardPagesOptions, type Said, saying, type WithViewer } from "./answers.ts";
import { JobPages } from "./job-pages.ts";
import { NewsletterPages } from "./newsletter-pages.ts";
import { workersView } from "./views/activity-views.ts";
import { overview } from "./views/overview-view.ts";
import { keyLimitsPart, queueTable } from "./views/queue-views.ts";
import { scheduleTable } from "./views/schedule-views.ts";
import { flash } from "./views/view-parts.ts";

/** The pages of the dashboard. */
export class DashboardPages {
  readonly #options: DashboardPagesOptions;
  readonly #answers: Answers;

  constructor(options: DashboardPagesOptions) {
    this.#options = options;
    this.#answers = new Answers(options);
  }

  mount(app: Hono<WithViewer>): void {
    const { board } = this.#options;
    app.get("/", (context) => this.#overview(context));
    app.get("/queues", (context) => this.#queues(context));
    for (const verb of ["pause", "resume"] as const)
      app.post(`/queues/${verb}`, (context) => this.#actOnQueue(context, verb));
    app.get("/workers", async (context) => {
      const [workers, now] = await Promise.all([board.workers(), board.now()]);
      const body = workersView(workers, now, this.#options.site.base);
      return this.#answers.page(context, { title: T.workers, section: "/workers", live: "tick", body });
    });
    app.get("/schedules", (context) => this.#schedules(context));
    for (const verb of SCHEDULE_VERBS)
      app.post(`/schedules/${verb}`, (context) => this.#actOnSchedule(context, verb));
    new JobPages(this.#options).mount(app);
    new NewsletterPages(this.#options).mount(app);
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
    const body = overview(data, this.#answers.around(context));
    const here = span === "day" ? "/" : `/?span=${span}`;
    return this.#answers.page(context, { title: T.overview, section: "/", live: "tick", here, body });
  }

  async #queues(context: Context<WithViewer>, said?: Said): Promise<Response> {
    const { board } = this.#options;
    const [queues, limits] = await Promise.all([board.queues(), board.keyLimits()]);
    const around = this.#answers.around(context);
    const body = html`<div class="head"><h1>${T.queues}</h1></div>${said ? flash(said) : NOTHING}<div class="card">${queueTable(queues, around)}</div>${keyLimitsPart(limits, around)}`;
    return this.#answers.page(context, {
      title: T.queues,
      section: "/queues",
      live: "tick",
      here: "/queues",
      body,
    });
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
    const table = scheduleTable(rows, this.#answers.around(context));
    const body = html`<div class="head"><h1>${T.schedules}</h1></div>${said ? flash(said) : NOTHING}${table}`;
    const page = {
      title: T.schedules,
      section: "/schedules",
      live: "tick",
      here: "/schedules",
      body,
    } as const;
    return this.#answers.page(context, page);
  }

  async #actOnSchedule(context: Context<WithViewer>, verb: ScheduleVerb): Promise<Response> {
    const name = (await fieldsOf(context)).get("schedule") ?? "";
    const { acts } = this.#options;
    const said = await saying(async () => (await acts.schedule(context.get("viewer"), name, verb)).message);
    return this.#schedules(context, said);
  }
}
