import { resolveMx } from "node:dns/promises";
import { configure } from "../../../src/index.ts";

configure({
  transports: {
    main: process.env.SMTP_URL ?? "inbox:.delayed-mailer/inbox",
    bulk: {
      url: process.env.BULK_SMTP_URL ?? "memory:",
      rate: "100/1m",
      perProvider: { gmail: { rate: "20/s", connections: 3 }, "*": { connections: 2 } },
    },
    backup: "smtps://user:password@backup.example",
    safe: { failover: ["main", "backup"] },
    spread: { roundRobin: ["main", "bulk"] },
    fresh: {
      url: process.env.FRESH_SMTP_URL ?? "memory:",
      warmUp: { from: "2026-12-01", volumes: [50, 100, 500, 2_000, 10_000], timeZone: "Europe/Vienna" },
    },
    growing: { roundRobin: { bulk: 1, fresh: 3 } },
  },
  transport: "safe",
  providers: { corp: ["corp.example", "*.corp.example"] },
  providerOf: async (domain) => {
    const [server] = await resolveMx(domain);
    return server?.exchange.endsWith(".google.com") ? "gmail" : undefined;
  },
});
