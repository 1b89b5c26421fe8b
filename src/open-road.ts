import type { Config } from "./config.ts";
import type { DispatcherOptions } from "./delivery/dispatcher.ts";
import { redirect } from "./delivery/redirect.ts";
import type { Interceptor } from "./mail-callbacks.ts";
import { registry } from "./performable.ts";
import { Renderer } from "./rendering/renderer.ts";
import { Road } from "./road.ts";

export interface OpenRoadOptions extends Pick<DispatcherOptions, "transports" | "events" | "dkim"> {
  /** Look for changed templates at every mail. Defaults to whether this is not production. */
  readonly development?: boolean;
  /** Compare what templates prepare once with what is made anew. @default false */
  readonly verifying?: boolean;
}

/** What makes mails and takes them away, as a configuration says. */
export function openRoad(
  config: Config,
  { development = !config.production, verifying = false, ...options }: OpenRoadOptions,
): { readonly renderer: Renderer; readonly road: Road } {
  const { templates, from, locale, timeZone, baseUrl, helpers } = config;
  const { attachmentFolders, maxAttachmentBytes } = config;
  const { unknown, messageIdDomain, observers, deliveries } = config;
  const renderer = new Renderer({
    ...{ templates, from, locale, timeZone, baseUrl, helpers, attachmentFolders, maxAttachmentBytes },
    ...{ development, verifying },
  });
  const interceptors = interceptorsOf(config);
  const road = new Road({
    ...{ renderer, registry, unknown, messageIdDomain, interceptors, observers, deliveries },
    ...options,
  });
  return { renderer, road };
}

/** Redirecting comes last, so that nobody can direct a mail elsewhere after it. */
function interceptorsOf({
  interceptors,
  redirectTo: to,
  redirectAllow: allow,
}: Config): readonly Interceptor[] {
  return to ? [...interceptors, redirect({ to, allow })] : interceptors;
}
