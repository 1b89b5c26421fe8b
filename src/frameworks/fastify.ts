import type { FastifyInstance } from "fastify";
import { HostedApplication, type HostedOptions } from "./hosted-application.ts";

export type { HostedOptions };

/**
 * A plugin of Fastify: opens this process's application before the server listens, so that a mistake in the settings stops the start, and
 * closes it after the server's last request. Register it once, at the top.
 * @example await server.register(delayedMailer, { worker: process.env.NODE_ENV !== "production" });
 * @throws ConfigurationError | StoreError
 */
export async function delayedMailer(server: FastifyInstance, options: HostedOptions = {}): Promise<void> {
  const application = await HostedApplication.open(options);
  server.addHook("preClose", () => application.stopWorking());
  server.addHook("onClose", () => application.close());
}

// What Fastify looks for, so that the hooks are the whole server's and not those of a context of its own.
Object.assign(delayedMailer, {
  [Symbol.for("skip-override")]: true,
  [Symbol.for("fastify.display-name")]: "delayed-mailer",
});
