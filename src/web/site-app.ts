import { type Context, type Env, Hono, type MiddlewareHandler } from "hono";
import { serveAssets } from "./assets.ts";
import { ownRequestsOnly, pageHeaders } from "./guards.ts";
import { layout, notice, type Site } from "./page/layout.ts";
import { T } from "./texts.ts";

export interface SiteAppOptions<E extends Env> {
  /** Asked before everything else, assets too. */
  readonly before: MiddlewareHandler<E>;
  readonly onError: (error: Error, context: Context<E>) => Response | Promise<Response>;
}

/** A Hono application with what all our sites have: guards, assets, and pages for what is not there or went wrong. */
export function siteApp<E extends Env>(site: Site, { before, onError }: SiteAppOptions<E>): Hono<E> {
  const app = new Hono<E>().basePath(site.base === "" ? "/" : site.base);
  app.use(pageHeaders);
  app.use(before);
  app.use(ownRequestsOnly);
  app.notFound((context) =>
    context.html(
      layout(site, {
        title: T.notFound,
        section: "",
        body: notice(T.noSuchPage, T.pageGoneWhy),
      }),
      404,
    ),
  );
  app.onError(onError);
  serveAssets(app);
  return app;
}
