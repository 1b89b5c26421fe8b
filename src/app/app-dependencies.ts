import type { Config } from "../config/resolve-config.ts";
import type { Renderer, RendererOptions } from "../rendering/renderer.ts";
import type { Stores } from "../stores/stores.ts";

/** What an application takes from its process or makes itself, unless a test gives something else. */
export interface AppDependencies {
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** The time, in ms since 1970, for everything but MongoDB, which goes by its server's clock. @default Date.now */
  readonly now?: () => number;
  /** Opens what jobs are kept in. Defaults to what the settings say. */
  readonly stores?: (config: Config) => Promise<Stores>;
  /** Gives what makes the mails. Defaults to a new one, which compiles each template at its first use. */
  readonly renderer?: (options: RendererOptions) => Renderer;
}
