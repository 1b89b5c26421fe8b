import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { App } from "../../src/app/app.ts";
import type { Settings } from "../../src/config/settings.ts";
import { type DashboardOptions, makeDashboard } from "../../src/web/dashboard/dashboard.ts";
import { startApp } from "./app.ts";

export interface StartedDashboard {
  readonly app: App;
  readonly url: string;
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
  /** Sends a form, as a page of the server's own would. */
  readonly post: (
    path: string,
    form?: Readonly<Record<string, string>> | readonly (readonly [string, string])[],
  ) => Promise<Response>;
}

/** The dashboard of an application on a store in memory, in a server of its own; closed after the test. */
export async function startDashboard(
  options: DashboardOptions = {},
  settings: Settings = {},
): Promise<StartedDashboard> {
  const { app } = await startApp({}, settings);
  const made = makeDashboard(options);
  const server = createServer((request, response) => made.node(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    made.close();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const get = (path: string, init: RequestInit = {}) => fetch(url + path, { redirect: "manual", ...init });
  const post: StartedDashboard["post"] = (path, form = {}) =>
    get(path, {
      method: "POST",
      body: new URLSearchParams(form as Record<string, string>),
      headers: { "sec-fetch-site": "same-origin" },
    });
  return { app, url, get, post };
}

/** Lets every waiting job fail with this error. */
export async function failAll(
  { store }: App,
  error = "Error: 550 no such user ann@example.com\n    at send (mailers/x.ts:3:5)",
): Promise<void> {
  const jobs = await store.claim({ workerId: "worker-1", token: "t", limit: 1_000, leaseMs: 60_000 });
  await store.settle(jobs.map(({ id }) => ({ id, token: "t", kind: "fail", error, reason: "rejected" })));
}
