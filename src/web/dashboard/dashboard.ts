import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Context, Hono } from "hono";
import { z } from "zod";
import type { App } from "../../app/app.ts";
import { configuration, openApp } from "../../app/current-app.ts";
import { checkedOptions } from "../../checked-options.ts";
import { ConfigurationError } from "../../errors/errors.ts";
import type { Site } from "../page/layout.ts";
import { ServerEvents } from "../server-events.ts";
import { siteApp } from "../site-app.ts";
import { T } from "../texts.ts";
import { type Authorize, viewerOf } from "./access.ts";
import { Acts } from "./acts.ts";
import { awayPage, type WithViewer } from "./answers.ts";
import { Board } from "./board.ts";
import { DashboardApi } from "./dashboard-api.ts";
import { DashboardPages } from "./dashboard-pages.ts";
import type { Redact } from "./redaction.ts";

export interface DashboardOptions {
  /**
   * Who may see it, asked at every request. Without it only this very machine may, and in production `dashboard()` refuses to be mounted.
   * @example authorize: (_request, incoming) => isAdmin(incoming) && { may: "write", user: nameOf(incoming) }
   */
  readonly authorize?: Authorize;
  /** Where it is mounted, such as `/admin/mail`. @default "" */
  readonly basePath?: string;
  /** Nobody may do anything by it but look. @default false */
  readonly readOnly?: boolean;
  /** What of arguments is shown. By default their shape, every value hidden; `false` shows everything. */
  readonly redact?: Redact;
  /** The application that it is about. Defaults to the one of the process. */
  readonly app?: () => Promise<App>;
}

type Next = (error?: unknown) => void;

/** The dashboard, in the forms that servers take. */
export interface Dashboard {
  /** For what speaks the web's own Request and Response: Hono, Bun, Deno, Next. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** For `node:http`, and for Express as a middleware: what is not below `basePath` goes to the next one. */
  readonly node: (request: IncomingMessage, response: ServerResponse, next?: Next) => void;
  /** A plugin for Fastify. */
  readonly fastify: (server: FastifyLike) => Promise<void>;
  /** Ends the connections of open pages, so that a server can close. */
  close(): void;
}

/** So much of a Fastify server as is needed here. */
export interface FastifyLike {
  addHook(
    name: "onRequest",
    hook: (request: { readonly raw: IncomingMessage }, reply: FastifyReply, done: () => void) => void,
  ): unknown;
}

interface FastifyReply {
  readonly raw: ServerResponse;
  hijack(): unknown;
}

const schema = z.strictObject({
  authorize: z.custom<Authorize>((value) => typeof value === "function", "must be a function").optional(),
  basePath: z
    .string()
    .regex(/^$|^(?:\/[\w.~-]+)+$/, 'must be a path such as "/admin/mail", without a slash at its end')
    .default(""),
  readOnly: z.boolean().default(false),
  redact: z
    .custom<Redact>((value) => value === false || typeof value === "function", "must be false or a function")
    .optional(),
  app: z.custom<() => Promise<App>>((value) => typeof value === "function", "must be a function").optional(),
});

/** How often pages that show what moves are told to look, in ms. */
const TICK_MS = 2_000;

const SECTIONS = [
  { name: T.overview, path: "/" },
  { name: T.jobs, path: "/jobs" },
  { name: T.queues, path: "/queues" },
  { name: T.workers, path: "/workers" },
  { name: T.schedules, path: "/schedules" },
  { name: T.newsletters, path: "/newsletters" },
] as const;

/**
 * Pages on which queues and newsletters are watched and helped along, to be mounted in a server of yours.
 * @throws ConfigurationError in production without `authorize` @throws InvalidOptionsError
 * @example app.use(dashboard({ basePath: "/admin/mail", authorize: (_, incoming) => isAdmin(incoming) }).node);
 */
export function dashboard(options: DashboardOptions = {}): Dashboard {
  if (options.authorize === undefined && configuration().production)
    throw new ConfigurationError([
      "dashboard() needs authorize in production: a function that says who may see it",
    ]);
  return makeDashboard(options);
}

/** The same, for a server of its own that listens on the loopback interface alone. @throws InvalidOptionsError */
export function makeDashboard(options: DashboardOptions): Dashboard {
  const checked = checkedOptions("dashboard", schema, options);
  const { basePath, redact, app: open = openApp } = checked;
  const events = new ServerEvents();
  const site: Site = { base: basePath, sections: SECTIONS, events };
  const app = guarded(site, checked);
  const board = new Board(open);
  const acts = new Acts(board);
  app.get("/events", (context) => events.respond(context, { tickMs: TICK_MS }));
  new DashboardPages({ site, board, acts, redact }).mount(app);
  new DashboardApi({ board, acts, redact }).mount(app);
  const listener = getRequestListener((request, env) => app.fetch(request, env), {
    overrideGlobalObjects: false,
  });
  const node: Dashboard["node"] = (request, response, next) => {
    if (next && !isBelow(request, basePath)) return next();
    restorePath(request);
    listener(request, response).catch((error: unknown) => next?.(error));
  };
  return {
    fetch: async (request) => app.fetch(request),
    node,
    fastify: pluginOf(node, basePath),
    close: () => events.close(),
  };
}

type Checked = z.output<typeof schema>;

/** Who may not look is told nothing: the same few words for every path, whether there is something or not. */
function guarded(site: Site, { authorize, readOnly }: Checked): Hono<WithViewer> {
  const before = async (context: Context<WithViewer>, next: () => Promise<void>) => {
    const { incoming } = (context.env ?? {}) as { incoming?: IncomingMessage };
    const viewer = await viewerOf(context.req.raw, { authorize, readOnly, incoming });
    if (viewer === undefined) return context.text("Forbidden\n", 403);
    const isActing = context.req.method !== "GET" && context.req.method !== "HEAD";
    if (isActing && viewer.may !== "write" && !isQuestion(context.req.path))
      return context.text(T.mayOnlyLook, 403);
    context.set("viewer", viewer);
    return next();
  };
  return siteApp<WithViewer>(site, { before, onError: (error, context) => away(site, error, context) });
}

/** A question that holds an address, and is sent as a form for that reason. */
function isQuestion(path: string): boolean {
  return /\/newsletters\/[^/]+\/find$/.test(path);
}

function away(site: Site, error: Error, context: Context): Response | Promise<Response> {
  if (new URL(context.req.url).pathname.startsWith(`${site.base}/api/`))
    return context.json({ error: error.message }, 503);
  context.header("refresh", "5");
  return context.html(awayPage(site, error), 503);
}

/** Express takes its mount path from the URL, and keeps the whole in `originalUrl`. */
function restorePath(request: IncomingMessage & { readonly originalUrl?: string }): void {
  if (request.originalUrl !== undefined) request.url = request.originalUrl;
}

function isBelow(request: IncomingMessage & { readonly originalUrl?: string }, basePath: string): boolean {
  const [path = ""] = (request.originalUrl ?? request.url ?? "").split("?");
  return basePath === "" || path === basePath || path.startsWith(`${basePath}/`);
}

/** Before Fastify reads the body, which is the dashboard's own. */
function pluginOf(node: Dashboard["node"], basePath: string): Dashboard["fastify"] {
  const plugin = async (server: FastifyLike) => {
    server.addHook("onRequest", (request, reply, done) => {
      if (!isBelow(request.raw, basePath)) return done();
      reply.hijack();
      node(request.raw, reply.raw);
    });
  };
  // Fastify's own sign that a plugin's hooks hold for the whole server and not for its own routes alone.
  return Object.assign(plugin, { [Symbol.for("skip-override")]: true });
}
