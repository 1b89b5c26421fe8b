import type { Config } from "../config/resolve-config.ts";
import { Events } from "../events.ts";
import { registry } from "../jobs/handler.ts";
import { DkimSigner } from "../mime/dkim-signer.ts";
import { Previewer } from "../previews/previewer.ts";
import { openPipeline } from "./open-pipeline.ts";

interface PreviewerSurroundings {
  readonly verifying: boolean;
  /** Whether it looks for changed templates at every mail. */
  readonly development: boolean;
  /** The time, in ms since 1970. */
  readonly now: (() => number) | undefined;
}

/** What shows previews as this configuration makes them. @throws DkimError */
export async function makePreviewer(
  config: Config,
  { verifying, development, now }: PreviewerSurroundings,
): Promise<Previewer> {
  const dkim = config.dkim && (await DkimSigner.open(config.dkim));
  const look = { transports: NONE, events: new Events(), development, verifying };
  const { renderer, pipeline } = openPipeline(config, { ...look, dkim, now });
  return new Previewer({ renderer, pipeline, registry, messageIdDomain: config.messageIdDomain });
}

/** Never asked: deliveries are off. */
const NONE = {
  get: () => {
    throw new Error("A preview is not sent.");
  },
  othersWork: () => false,
};
