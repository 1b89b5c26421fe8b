import { getRequestListener } from "@hono/node-server";
import type { Context, Hono } from "hono";
import { errorMessage } from "../../errors/error-message.ts";
import type { Registry } from "../../jobs/handler.ts";
import type { PreviewRegistry } from "../../mailers/preview.ts";
import type { Previewer } from "../../previews/previewer.ts";
import { makeInbox } from "../../transports/inbox-folder.ts";
import type { Transport } from "../../transports/transport.ts";
import { loopbackNamesOnly } from "../guards.ts";
import { listen } from "../listen.ts";
import { html, visible } from "../page/html.ts";
import { layout, type Site } from "../page/layout.ts";
import { ServerEvents } from "../server-events.ts";
import { siteApp } from "../site-app.ts";
import { T } from "../texts.ts";
import { InboxFolderReader } from "./inbox-folder-reader.ts";
import { InboxPages } from "./inbox-pages.ts";
import { type PreviewsOptions, PreviewsPages } from "./previews-pages.ts";
import { type SmtpCatcher, startSmtpCatcher } from "./smtp-catcher.ts";
import { watchFolders } from "./watch-folders.ts";

export interface DevServerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Of the SMTP catcher; undefined for none. */
  readonly smtpPort: number | undefined;
  readonly registry: Registry;
  readonly previews: PreviewRegistry;
  readonly openPreviewer: () => Promise<Previewer>;
  readonly openTransport: (name: string | undefined) => Promise<Transport>;
  readonly timeZone: string;
  readonly templates: string;
  readonly inbox: string;
  readonly unloaded: PreviewsOptions["unloaded"];
}

export interface DevServer {
  readonly url: string;
  /** What to set SMTP_URL to, so that another program's mails come to the inbox; undefined where there is no catcher. */
  readonly smtpUrl: string | undefined;
  /** Why there is none, where one was wanted. */
  readonly smtpProblem: string | undefined;
  close(): Promise<void>;
}

/** Serves previews and the inbox on this machine, to this machine. @throws ConfigurationError | StoreError */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const { port, smtpPort, templates, inbox, openPreviewer, registry, previews, openTransport } = options;
  await makeInbox(inbox);
  const events = new ServerEvents();
  const site: Site = { base: "", sections: SECTIONS, events };
  const { catcher, problem } = await startCatcher({ inbox, smtpPort });
  const app = siteApp(site, {
    before: loopbackNamesOnly,
    onError: (error, context) => failed(site, error, context),
  });
  app.get("/", (context) => context.redirect("/previews", 302));
  app.get("/events", (context) => events.respond(context));
  const { timeZone, unloaded } = options;
  const shared = { site, registry, previews, openTransport, timeZone, unloaded };
  new PreviewsPages({ ...shared, openPreviewer: once(openPreviewer) }).mount(app);
  new InboxPages({ site, reader: new InboxFolderReader(inbox), events, hint: hintOf(inbox, catcher) }).mount(
    app,
  );
  const stops = await Promise.all([
    watchFolders([templates], () => events.tell("changed")),
    watchFolders([inbox], () => events.tell("inbox")),
  ]);
  try {
    return await serving({ app, port, events, catcher, problem, stops });
  } catch (error) {
    for (const stop of stops) stop();
    await catcher?.close();
    throw error;
  }
}

/** A previewer looks for changed templates by itself. One that could not be opened is tried anew. */
function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}

const SECTIONS = [
  { name: T.previews, path: "/previews" },
  { name: T.inbox, path: "/inbox" },
] as const;

interface Serving {
  readonly app: Hono;
  readonly port: number;
  readonly events: ServerEvents;
  readonly catcher: SmtpCatcher | undefined;
  readonly problem: string | undefined;
  readonly stops: readonly (() => void)[];
}

async function serving({ app, port, events, catcher, problem, stops }: Serving): Promise<DevServer> {
  const server = await listen(getRequestListener(app.fetch, { overrideGlobalObjects: false }), { port });
  return {
    url: server.url,
    smtpUrl: catcher?.url,
    smtpProblem: problem,
    close: async () => {
      for (const stop of stops) stop();
      events.close();
      await Promise.all([server.close(), catcher?.close()]);
    },
  };
}

/** Another catcher may have the port; pages are of use without one. */
async function startCatcher({ inbox, smtpPort }: { inbox: string; smtpPort: number | undefined }): Promise<{
  readonly catcher?: SmtpCatcher;
  readonly problem?: string;
}> {
  if (smtpPort === undefined) return {};
  try {
    return { catcher: await startSmtpCatcher({ folder: inbox, port: smtpPort }) };
  } catch (error) {
    return { problem: errorMessage(error) };
  }
}

function hintOf(inbox: string, catcher: SmtpCatcher | undefined): string {
  return catcher ? T.mailsComeAlso(inbox, catcher.url) : T.mailsCome(inbox);
}

function failed(site: Site, error: Error, context: Context): Response | Promise<Response> {
  const body = html`<div class="fault" role="alert"><h1>${T.thisPageCannotBe}</h1><pre tabindex="0">${visible(error.stack ?? error.message)}</pre></div>`;
  return context.html(layout(site, { title: T.error, section: "", live: "changed", body }), 500);
}
