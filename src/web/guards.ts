import type { MiddlewareHandler } from "hono";

/** Of our own pages: nothing inline, nothing from elsewhere, in nobody's frame. */
const PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The headers of every answer that does not say otherwise. */
export const pageHeaders: MiddlewareHandler = async (context, next) => {
  await next();
  const { headers } = context.res;
  const put = (name: string, value: string) => {
    if (!headers.has(name)) headers.set(name, value);
  };
  put("content-security-policy", PAGE_POLICY);
  put("x-frame-options", "DENY");
  put("x-content-type-options", "nosniff");
  // "no-referrer" would take the origin from our own forms.
  put("referrer-policy", "same-origin");
  put("cross-origin-opener-policy", "same-origin");
  put("cross-origin-resource-policy", "same-origin");
  put("cache-control", "no-store");
};

/**
 * Refuses what another site makes a browser send. Browsers say where a request comes from (Fetch metadata), older ones at least its
 * origin; what says neither is no browser, and nobody's cookies are in it.
 */
export const ownRequestsOnly: MiddlewareHandler = async (context, next) => {
  const { method } = context.req;
  if (method === "GET" || method === "HEAD" || isOwn(context.req.raw.headers)) return next();
  return context.text("This request comes from another site.\n", 403);
};

function isOwn(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin" || site === "none";
  const origin = headers.get("origin");
  if (origin === null) return true;
  return URL.canParse(origin) && new URL(origin).host === headers.get("host");
}

/** Refuses requests that name another host than this machine: a name of somebody else's that leads here (DNS rebinding). */
export const loopbackNamesOnly: MiddlewareHandler = async (context, next) => {
  if (isLoopbackName(context.req.header("host") ?? "")) return next();
  return context.text("This server answers to localhost only.\n", 403);
};

function isLoopbackName(host: string): boolean {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") || name === "127.0.0.1" || name === "[::1]";
}

/** What a mail's own html may do where it is shown: look like itself. It runs no script, sends no form, and fetches only when asked to. */
export function mailPolicy({ remote }: { readonly remote: boolean }): string {
  const elsewhere = remote ? " https: http:" : "";
  return [
    "default-src 'none'",
    `style-src 'unsafe-inline'${elsewhere}`,
    `img-src data:${elsewhere}`,
    `font-src data:${elsewhere}`,
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
    "sandbox allow-popups allow-popups-to-escape-sandbox",
  ].join("; ");
}
