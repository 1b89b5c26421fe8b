import type { Context } from "hono";
import { errorMessage } from "../../errors/error-message.ts";
import { DelayedMailError, StoreError } from "../../errors/errors.ts";
import { JOB_STATES, type JobState } from "../../jobs/job-record.ts";
import { type Html, html, visible } from "../page/html.ts";
import { layout, type Page, type Site } from "../page/layout.ts";
import { T } from "../texts.ts";
import type { Viewer } from "./access.ts";
import type { Acts } from "./acts.ts";
import type { Board } from "./board.ts";
import type { Redact } from "./redaction.ts";
import type { Surroundings } from "./views/view-parts.ts";

export interface DashboardPagesOptions {
  readonly site: Site;
  readonly board: Board;
  readonly acts: Acts;
  readonly redact: Redact | undefined;
}

/** Where the viewer is kept between the guard and the pages. */
export type WithViewer = { Variables: { viewer: Viewer } };

/** What an act came to, for the page that is its answer. */
export interface Said {
  readonly text: string;
  readonly isBad: boolean;
}

/** Makes the pages that the dashboard answers with. */
export class Answers {
  readonly #options: Pick<DashboardPagesOptions, "site" | "redact">;

  constructor(options: Pick<DashboardPagesOptions, "site" | "redact">) {
    this.#options = options;
  }

  around(context: Context<WithViewer>): Surroundings {
    const { site, redact } = this.#options;
    return { base: site.base, mayAct: context.get("viewer").may === "write", redact };
  }

  async page(context: Context<WithViewer>, page: Page, status: 200 | 404 | 409 = 200): Promise<Response> {
    return context.html(layout(this.#options.site, page), status);
  }
}

/** What an act came to, in words; the store's own troubles are not its. */
export async function saying(act: () => Promise<string>): Promise<Said> {
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

/** A page that says that the store is away, and looks again by itself, without script too. */
export function awayPage(site: Site, error: unknown): Html {
  const body = html`<section class="empty" role="alert"><h1>${T.storeAway}</h1><p>${visible(errorMessage(error))}</p><p>${T.looksAgain}</p></section>`;
  return layout(site, { title: T.away, section: "", live: "tick", body });
}
