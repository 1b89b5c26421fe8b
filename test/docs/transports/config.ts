import { configure } from "../../../src/index.ts";

configure({
  transports: {
    main: process.env.SMTP_URL ?? "inbox:.delayed-mailer/inbox",
    bulk: { url: process.env.BULK_SMTP_URL ?? "memory:", rate: "100/1m" },
    backup: "smtps://user:password@backup.example",
    safe: { failover: ["main", "backup"] },
    spread: { roundRobin: ["main", "bulk"] },
  },
  transport: "safe",
});
