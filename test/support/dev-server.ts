import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach } from "vitest";
import { close, configure, openApp, openPreviewer } from "../../src/app/current-app.ts";
import { registry } from "../../src/jobs/handler.ts";
import { previewRegistry } from "../../src/mailers/preview.ts";
import { type DevServer, type DevServerOptions, startDevServer } from "../../src/web/dev/dev-server.ts";
import { MemoryTransport } from "./memory-transport.ts";

const closing: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of closing.splice(0).reverse()) await end();
});

export interface StartedDev {
  readonly server: DevServer;
  readonly transport: MemoryTransport;
  readonly folder: string;
  /** Writes a file below the folder. */
  readonly write: (path: string, text: string | Buffer) => void;
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
  /** Sends a form, as a page of the server's own would. */
  readonly post: (path: string, form: Readonly<Record<string, string>>) => Promise<Response>;
}

/** The pages of development over these templates, on free ports; closed after the test. */
export async function startDev(
  templates: Readonly<Record<string, string>> = {},
  options: Partial<DevServerOptions> = {},
): Promise<StartedDev> {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-dev-"));
  const write = (path: string, text: string | Buffer) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  mkdirSync(join(folder, "templates"));
  for (const [path, text] of Object.entries(templates)) write(`templates/${path}`, text);
  const transport = new MemoryTransport();
  configure({
    sqlite: ":memory:",
    templates: join(folder, "templates"),
    transport,
    from: "Sender <sender@x.test>",
  });
  const server = await startDevServer({
    port: 0,
    smtpPort: 0,
    registry,
    previews: previewRegistry,
    openPreviewer: () => openPreviewer({ development: true }),
    openTransport: async (name) => (await openApp()).transports.get(name),
    timeZone: "UTC",
    templates: join(folder, "templates"),
    inbox: join(folder, "inbox"),
    unloaded: [],
    ...options,
  });
  closing.push(
    () => rmSync(folder, { recursive: true, force: true }),
    close,
    () => server.close(),
  );
  const get = (path: string, init: RequestInit = {}) =>
    fetch(server.url + path, { redirect: "manual", ...init });
  const post = (path: string, form: Readonly<Record<string, string>>) =>
    get(path, {
      method: "POST",
      body: new URLSearchParams(form),
      headers: { "sec-fetch-site": "same-origin" },
    });
  return { server, transport, folder, write, get, post };
}
