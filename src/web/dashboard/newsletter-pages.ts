import type { Context, Hono } from "hono";
import type { Newsletter, NewsletterProgress } from "../../jobs/newsletter.ts";
import { rehearsedKey } from "../../newsletters/newsletter-store.ts";
import { fieldsOf } from "../dev/previews-pages.ts";
import { notice } from "../page/layout.ts";
import { T } from "../texts.ts";
import { NEWSLETTER_VERBS, type NewsletterVerb } from "./acts.ts";
import { Answers, type DashboardPagesOptions, saying, type WithViewer } from "./answers.ts";
import type { NewsletterRow } from "./board-answers.ts";
import { outcomesDownload } from "./outcomes-download.ts";
import { newsletterList } from "./views/newsletter-list.ts";
import { type NewsletterView, newsletterView } from "./views/newsletter-view.ts";
import type { RehearsalsShown } from "./views/rehearsal-view.ts";

/** Pages of newsletters: the list, and one of them with its outcomes and rehearsals. */
export class NewsletterPages {
  readonly #options: DashboardPagesOptions;
  readonly #answers: Answers;

  constructor(options: DashboardPagesOptions) {
    this.#options = options;
    this.#answers = new Answers(options);
  }

  mount(app: Hono<WithViewer>): void {
    const { board } = this.#options;
    app.get("/newsletters", async (context) => {
      const after = context.req.query("after");
      const body = newsletterList(
        await board.newsletters(after),
        this.#options.site.base,
        after === undefined,
      );
      return this.#answers.page(context, {
        title: T.newsletters,
        section: "/newsletters",
        live: "tick",
        body,
      });
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

  async #newsletter(
    context: Context<WithViewer>,
    more: Pick<NewsletterView, "said" | "found"> = {},
  ): Promise<Response> {
    const newsletter = await this.#options.board.newsletter(context.req.param("id") ?? "");
    if (newsletter === undefined) {
      const body = notice(T.noSuchNewsletter, T.wasDeleted);
      return this.#answers.page(context, { title: T.newsletter, section: "/newsletters", body }, 404);
    }
    const { id, key } = newsletter;
    const row: NewsletterRow = { id, key, progress: await newsletter.progress() };
    const whyNot = await this.#options.board.whyNot(newsletter, row.progress);
    const rehearsals = await this.#rehearsals(newsletter, row.progress);
    const view = {
      row,
      troubles: await newsletter.troubles(),
      whyNot,
      rehearsals,
      ...more,
    };
    const body = newsletterView(view, this.#answers.around(context));
    return this.#answers.page(context, {
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
}
