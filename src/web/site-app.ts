import { type Context, Hono } from "hono";
import { serveAssets } from "./assets.ts";
import { ownRequestsOnly, pageHeaders } from "./guards.ts";
import { layout, notice, type Site } from "./page/layout.ts";

/** A Hono application with what all our sites have: guards, assets, and pages for what is not there or went wrong. */
export function siteApp(
  site: Site,
  onError: (error: Error, context: Context) => Response | Promise<Response>,
): Hono {
  const app = new Hono().basePath(site.base === "" ? "/" : site.base);
  app.use(pageHeaders);
  app.use(ownRequestsOnly);
  app.notFound((context) =>
    context.html(
      layout(site, {
        title: "Not found",
        section: "",
        body: notice("There is no such page", "It may have been moved, or what it showed is gone."),
      }),
      404,
    ),
  );
  app.onError(onError);
  serveAssets(app);
  return app;
}
