import { App } from "./app.ts";
import { broadcastThrough } from "./broadcasting.ts";
import { type Config, resolveConfig } from "./config/resolve-config.ts";
import type { Settings } from "./config/settings.ts";
import { ConfigurationError } from "./errors.ts";
import { Events } from "./events.ts";
import { serveJobsFrom } from "./job-desk.ts";
import { carryMessagesWith } from "./message.ts";
import { openRoad } from "./open-road.ts";
import { registry } from "./performable.ts";
import { Previewer } from "./previews/previewer.ts";
import { DkimSigner } from "./smtp/dkim-signer.ts";
import type { Surroundings } from "./surroundings.ts";

let settings: Settings = {};
let surroundings: Surroundings = {};
let current: Promise<App> | undefined;

/**
 * Sets up this process's application before its first use; what is not given comes from the environment.
 * @throws ConfigurationError when the application is in use already, or, with every mistake, when settings are unusable
 */
export function configure(given: Settings): void {
  configureWithin(given, {});
}

/** The same, for an application that is not to take everything from its process. @throws ConfigurationError */
export function configureWithin(given: Settings, within: Surroundings): void {
  if (current)
    throw new ConfigurationError([
      "configure() must be called before the first mail or job, and before fakeMailer(); call close() first",
    ]);
  resolveConfig(given, within.env);
  settings = given;
  surroundings = within;
}

/** What `configure()` was given. */
export interface Arrangement {
  readonly settings: Settings;
  readonly surroundings: Surroundings;
}

export function arrangement(): Arrangement {
  return { settings, surroundings };
}

/** Sets back to what `arrangement()` gave. It counts when the application is opened again. */
export function restoreArrangement(earlier: Arrangement): void {
  ({ settings, surroundings } = earlier);
}

/** Whether this process's application is in use. */
export function isOpen(): boolean {
  return current !== undefined;
}

/** What this process's application is or would be opened with. @throws ConfigurationError */
export function configuration(): Config {
  return resolveConfig(settings, surroundings.env);
}

/**
 * This process's application, opened at first use.
 * @throws ConfigurationError | StoreError
 */
export function openApp(): Promise<App> {
  current ??= App.open(settings, surroundings).catch((error: unknown) => {
    current = undefined;
    throw error;
  });
  return current;
}

/**
 * Shows previews with this process's settings. Neither store nor transport is opened, and nothing is sent.
 * @throws ConfigurationError | DkimError
 */
export async function openPreviewer({ verifying = false } = {}): Promise<Previewer> {
  const { env, now } = surroundings;
  const config = resolveConfig({ ...settings, deliveries: "off" }, env);
  const dkim = config.dkim && (await DkimSigner.open(config.dkim));
  const look = { transports: NONE, events: new Events(), development: false, verifying };
  const { renderer, road } = openRoad(config, { ...look, dkim, now });
  return new Previewer({ renderer, road, registry, messageIdDomain: config.messageIdDomain });
}

/** Never asked: deliveries are off. */
const NONE = {
  get: () => {
    throw new Error("A preview is not sent.");
  },
  othersWork: () => false,
};

/** Closes this process's application, if it was used, so that the process can end. */
export async function close(): Promise<void> {
  const closing = current;
  current = undefined;
  await (await closing?.catch(() => undefined))?.close();
}

carryMessagesWith(openApp);
serveJobsFrom(async () => (await openApp()).store);
broadcastThrough(async (request) => (await openApp()).broadcast(request));
