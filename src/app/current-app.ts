import { type Config, resolveConfig } from "../config/resolve-config.ts";
import type { Settings } from "../config/settings.ts";
import { ConfigurationError, EraseIncompleteError, type StoreError } from "../errors/errors.ts";
import { connect } from "../jobs/application.ts";
import type { Previewer } from "../previews/previewer.ts";
import type { Erased } from "../privacy/erase.ts";
import { shared } from "../shared.ts";
import type { App } from "./app.ts";
import type { AppDependencies } from "./app-dependencies.ts";
import { Client } from "./client.ts";

/** Shared by all copies of the library in the process, so that what one copy was configured with is what all use. */
const state = shared("current-app", (): CurrentApp => ({ settings: {}, dependencies: {} }));

interface CurrentApp {
  settings: Settings;
  dependencies: AppDependencies;
  client?: Promise<Client> | undefined;
  /** Delivers mails while no store can be opened. */
  storeless?: Promise<Client> | undefined;
}

/**
 * Sets up this process's application before its first use; what is not given comes from the environment.
 * @throws ConfigurationError when the application is in use already, or, with every mistake, when settings are unusable
 */
export function configure(given: Settings): void {
  configureWithin(given, {});
}

/** The same, for an application that is not to take everything from its process. @throws ConfigurationError */
export function configureWithin(given: Settings, within: AppDependencies): void {
  if (isOpen())
    throw new ConfigurationError([
      "configure() must be called before the first mail or job, and before fakeMailer(); call close() first",
    ]);
  resolveConfig(given, within.env);
  state.settings = given;
  state.dependencies = within;
}

/** What `configure()` was given. */
export interface ConfigSnapshot {
  readonly settings: Settings;
  readonly dependencies: AppDependencies;
}

export function configSnapshot(): ConfigSnapshot {
  const { settings, dependencies } = state;
  return { settings, dependencies };
}

/** Sets back to what `configSnapshot()` gave. It counts when the application is opened again. */
export function restoreConfig(earlier: ConfigSnapshot): void {
  state.settings = earlier.settings;
  state.dependencies = earlier.dependencies;
}

/** Whether this process's application is in use. */
export function isOpen(): boolean {
  return state.client !== undefined || state.storeless !== undefined;
}

/** What this process's application is or would be opened with. @throws ConfigurationError */
export function configuration(): Config {
  return resolveConfig(state.settings, state.dependencies.env);
}

/**
 * What stores calls in this process, opened at first use.
 * @throws ConfigurationError | StoreError
 */
export function openClient(): Promise<Client> {
  state.client ??= Client.open(state.settings, state.dependencies).catch((error: unknown) => {
    use(undefined);
    throw error;
  });
  use(state.client);
  return state.client;
}

/** One that makes and sends mails, and stores nothing, because its store could not be opened. @throws ConfigurationError */
export function openStoreless(reason: StoreError): Promise<Client> {
  state.storeless ??= Client.open(state.settings, {
    ...state.dependencies,
    stores: async () => (await import("./absent-stores.ts")).absentStores(reason),
  });
  return state.storeless;
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
export async function openPreviewer({ verifying = false, development = false } = {}): Promise<Previewer> {
  const { env, now } = state.dependencies;
  const config = resolveConfig({ ...state.settings, deliveries: "off" }, env);
  const { makePreviewer } = await import("./open-previewer.ts");
  return makePreviewer(config, { verifying, development, now });
}

/** Closes this process's application, if it was used, so that the process can end. */
export async function close(): Promise<void> {
  const closing = [state.client, state.storeless];
  use(undefined);
  state.storeless = undefined;
  for (const client of closing) await (await client?.catch(() => undefined))?.close();
}

/**
 * Removes or blanks what this process's store and inbox folder keep of one address: jobs that say it, its rows in newsletters, servers'
 * answers about it. Remove it from your own records first, or the next mail is kept again. Doing it again does no harm.
 * @example const { jobs, newsletters, files } = await erase("ann@example.com");
 * @throws InvalidMailError when it is not one address
 * @throws EraseIncompleteError when all was done that could be, and jobs that are encrypted with a missing key may still say it
 * @throws ConfigurationError | StoreError
 */
export async function erase(address: string): Promise<Erased> {
  const { stores, config, events } = await openClient();
  const { eraseAddress } = await import("../privacy/erase.ts");
  const { erased, unread } = await eraseAddress(address, { ...stores, inbox: config.inbox });
  const { jobs, newsletters, files } = erased;
  events.emit("address.erased", {
    jobs: jobs.removed + jobs.cancelled + jobs.blanked,
    recipients: newsletters.recipients,
    files,
  });
  if (unread.count > 0) throw new EraseIncompleteError(unread, erased);
  return erased;
}
