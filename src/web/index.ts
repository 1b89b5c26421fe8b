// Everything of delayed-mailer/web that is public.

export type { Access, Authorize, Right } from "./dashboard/access.ts";
export { DashboardClient, type DashboardClientOptions } from "./dashboard/client.ts";
export { type Dashboard, type DashboardOptions, dashboard } from "./dashboard/dashboard.ts";
export type { Redact, ShownCall } from "./dashboard/redaction.ts";
