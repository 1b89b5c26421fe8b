import { type Config, resolveConfig } from "../config/resolve-config.ts";
import type { Settings } from "../config/settings.ts";
import { ConfigurationError } from "../errors/errors.ts";
import { connect } from "../jobs/application.ts";
import type { Previewer } from "../previews/previewer.ts";
import { shared } from "../shared.ts";
import type { App } from "./app.ts";
import type { Surroundings } from "./app-dependencies.ts";
import { Client } from "./client.ts";

/** Shared by all copies of the library in the process, so that what one copy was configured with is what all use. */
const state = shared("current-app", (): CurrentApp => ({ settings: {}, surroundings: {} }));

interface CurrentApp {
  settings: Settings;
  surroundings: Surroundings;
  client?: Promise<Client> | undefined;
}

/**
 * Sets up this process's application before its first use; what is not given comes from the environment.
 * @throws ConfigurationError when the application is in use already, or, with every mistake, when settings are unusable
 */
export function configure(given: Settings): void {
  configureWithin(given, {});
}

/** The same, for an application that is not to take everything from its process. @throws ConfigurationError */
export function configureWithin(given: Settings, within: Surroundings): void {
  if (isOpen())
    throw new ConfigurationError([
      "configure() must be called before the first mail or job, and before fakeMailer(); call close() first",
    ]);
  resolveConfig(given, within.env);
  state.settings = given;
  state.surroundings = within;
}

/** What `configure()` was given. */
export interface Arrangement {
  readonly settings: Settings;
  readonly surroundings: Surroundings;
}

export function arrangement(): Arrangement {
  const { settings, surroundings } = state;
  return { settings, surroundings };
}

/** Sets back to what `arrangement()` gave. It counts when the application is opened again. */
export function restoreArrangement(earlier: Arrangement): void {
  state.settings = earlier.settings;
  state.surroundings = earlier.surroundings;
}

/** Whether this process's application is in use. */
export function isOpen(): boolean {
  return state.client !== undefined;
}

/** What this process's application is or would be opened with. @throws ConfigurationError */
export function configuration(): Config {
  return resolveConfig(state.settings, state.surroundings.env);
}

/**
 * What stores calls in this process, opened at first use.
 * @throws ConfigurationError | StoreError
 */
export function openClient(): Promise<Client> {
  state.client ??= Client.open(state.settings, state.surroundings).catch((error: unknown) => {
    use(undefined);
    throw error;
  });
  use(state.client);
  return state.client;
}

/**
 * This process's application, opened at first use.
 * @throws ConfigurationError | StoreError | DkimError
 */
export async function openApp(): Promise<App> {
  return (await openClient()).app();
}

function use(client: Promise<Client> | undefined): void {
  state.client = client;
  connect(client);
}

/**
 * Shows previews with this process's settings. Neither store nor transport is opened, and nothing is sent.
 * @throws ConfigurationError | DkimError
 */
export async function openPreviewer({ verifying = false } = {}): Promise<Previewer> {
  const { env, now } = state.surroundings;
  const config = resolveConfig({ ...state.settings, deliveries: "off" }, env);
  const { makePreviewer } = await import("./open-previewer.ts");
  return makePreviewer(config, { verifying, now });
}

/** Closes this process's application, if it was used, so that the process can end. */
export async function close(): Promise<void> {
  const closing = state.client;
  use(undefined);
  await (await closing?.catch(() => undefined))?.close();
}
