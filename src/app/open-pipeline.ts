import type { Config } from "../config/resolve-config.ts";
import type { DispatcherOptions } from "../delivery/dispatcher.ts";
import { Pipeline } from "../delivery/pipeline.ts";
import { redirect } from "../delivery/redirect.ts";
import { registry } from "../jobs/handler.ts";
import type { Interceptor } from "../mail/callbacks.ts";
import { Renderer, type RendererOptions } from "../rendering/renderer.ts";

export interface OpenPipelineOptions
  extends Pick<DispatcherOptions, "transports" | "events" | "lifecycle" | "dkim"> {
  /** Look for changed templates at every mail. Defaults to whether this is not production. */
  readonly development?: boolean;
  /** Compare what templates prepare once with what is made anew. @default false */
  readonly verifying?: boolean;
  /** The time, in ms since 1970. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Gives what makes the mails. Defaults to a new one, which compiles each template at its first use. */
  readonly makeRenderer?: ((options: RendererOptions) => Renderer) | undefined;
}

/** What makes mails and takes them away, as a configuration says. */
export function openPipeline(
  config: Config,
  options: OpenPipelineOptions,
): { readonly renderer: Renderer; readonly pipeline: Pipeline } {
  const { development = !config.production, verifying = false, now } = options;
  const { makeRenderer = (rendering) => new Renderer(rendering) } = options;
  const { transports, events, lifecycle, dkim } = options;
  const { templates, from, locale, timeZone, baseUrl, helpers } = config;
  const { attachmentFolders, maxAttachmentBytes } = config;
  const { onUnknownOutcome: unknown, messageIdDomain, observers, deliveries } = config;
  const renderer = makeRenderer({
    ...{ templates, from, locale, timeZone, baseUrl, helpers, attachmentFolders, maxAttachmentBytes },
    ...{ development, verifying },
  });
  const interceptors = interceptorsOf(config);
  const pipeline = new Pipeline({
    ...{ renderer, registry, unknown, messageIdDomain, interceptors, observers, deliveries },
    ...{ transports, events, dkim },
    ...(lifecycle && { lifecycle }),
    ...(now && { now: () => new Date(now()) }),
  });
  return { renderer, pipeline };
}

/** Redirecting comes last, so that nobody can direct a mail elsewhere after it. */
function interceptorsOf({
  interceptors,
  redirectTo: to,
  redirectAllow: allow,
}: Config): readonly Interceptor[] {
  return to ? [...interceptors, redirect({ to, allow })] : interceptors;
}
