import type { Env, Hono } from "hono";
import { ICON, SCRIPT } from "./page/script.ts";
import { STYLESHEET } from "./page/stylesheet.ts";

const ASSETS = {
  "pages.css": ["text/css; charset=utf-8", STYLESHEET],
  "pages.js": ["text/javascript; charset=utf-8", SCRIPT],
  "icon.svg": ["image/svg+xml", ICON],
} as const;

/** The files that pages name: in this module, so that bundlers take them along. */
export function serveAssets<E extends Env>(app: Hono<E>): void {
  for (const [name, [type, content]] of Object.entries(ASSETS))
    app.get(`/assets/${name}`, (context) =>
      context.body(content, 200, { "content-type": type, "cache-control": "no-cache" }),
    );
}
