import type { Settings } from "../config/settings.ts";
import type { App as OpenedApp } from "./app.ts";
import type { AppDependencies } from "./app-dependencies.ts";
import { Client } from "./client.ts";

/** An application of its own, beside the one of the process. */
export type App = OpenedApp;

/** Only opens it: its code is loaded then, because most programs only store calls. */
export const App = {
  /** @throws ConfigurationError | StoreError | DkimError */
  async open(settings: Settings = {}, dependencies: AppDependencies = {}): Promise<App> {
    const client = await Client.open(settings, dependencies);
    try {
      return await client.app();
    } catch (error) {
      await client.close();
      throw error;
    }
  },
};
