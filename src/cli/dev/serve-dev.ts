import { configuration, openApp, openPreviewer } from "../../app/current-app.ts";
import { registry } from "../../jobs/handler.ts";
import { previewRegistry } from "../../mailers/preview.ts";
import { startDevServer } from "../../web/dev/dev-server.ts";
import { EXIT, type Terminal, type UnloadedFile } from "../command.ts";
import { openInBrowser } from "../open-in-browser.ts";
import { onReasonsToStop } from "../worker/stop-reasons.ts";

export interface DevRequest {
  readonly port: number;
  readonly smtpPort: number | undefined;
  readonly open: boolean;
  readonly unloaded: readonly UnloadedFile[];
}

/** Serves the pages of development until a signal. @returns the exit code @throws ConfigurationError | StoreError */
export async function serveDev(request: DevRequest, terminal: Terminal): Promise<number> {
  const { port, smtpPort, open, unloaded } = request;
  const { templates, inbox, timeZone } = configuration();
  const stopped = new Promise<void>((resolve) =>
    onReasonsToStop(terminal, resolve, () => process.exit(EXIT.ok)),
  );
  const server = await startDevServer({
    ...{ port, smtpPort, unloaded, templates, inbox, timeZone },
    registry,
    previews: previewRegistry,
    openPreviewer: () => openPreviewer({ development: true }),
    openTransport: async (name) => (await openApp()).transports.get(name),
  });
  terminal.out.write(`Previews and inbox: ${server.url}\n`);
  if (server.smtpUrl !== undefined)
    terminal.out.write(`Mail server for other programs: SMTP_URL=${server.smtpUrl}\n`);
  if (server.smtpProblem !== undefined)
    terminal.err.write(`No mail server: ${server.smtpProblem}. Choose another by --smtp-port.\n`);
  if (open) await openInBrowser(server.url, terminal);
  await stopped;
  await server.close();
  return EXIT.ok;
}
