import type { parseFlags } from "../command.ts";

export const NEWSLETTER_FLAGS = {
  to: { type: "string" },
  encoding: { type: "string" },
  delimiter: { type: "string" },
  args: { type: "string" },
  params: { type: "string" },
  key: { type: "string" },
  "chunk-size": { type: "string" },
  deduplicate: { type: "string" },
  queue: { type: "string" },
  priority: { type: "string" },
  at: { type: "string" },
  "stop-by": { type: "string" },
  window: { type: "string", multiple: true },
  "time-zone": { type: "string" },
  "time-zone-column": { type: "string" },
  manual: { type: "boolean" },
  rehearse: { type: "boolean" },
  wait: { type: "boolean" },
  outcomes: { type: "string" },
  csv: { type: "boolean" },
  yes: { type: "boolean", short: "y" },
  failures: { type: "boolean" },
  json: { type: "boolean" },
} as const;

export type NewsletterFlags = ReturnType<typeof parseFlags<typeof NEWSLETTER_FLAGS>>["values"];
