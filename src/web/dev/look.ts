import { z } from "zod";
import { SCHEMES } from "../mail/framed-html.ts";

/** How a mail is looked at: the query of its page. */
const look = z.object({
  tab: z.enum(["html", "text", "headers", "source", "advice"]).catch("html"),
  width: z.enum(["phone", "tablet", "desktop"]).catch("desktop"),
  scheme: z.enum(SCHEMES).catch("light"),
  /** Whether pictures of elsewhere are fetched. */
  remote: z.literal("1").optional().catch(undefined),
  locale: z.string().min(1).max(40).optional().catch(undefined),
  zone: z.string().min(1).max(60).optional().catch(undefined),
  edit: z.string().max(20).optional().catch(undefined),
  /** Whether it was just sent to somebody. */
  sent: z.literal("1").optional().catch(undefined),
});

export type Look = z.output<typeof look>;

export function readLook(query: Readonly<Record<string, string>>): Look {
  return look.parse(query);
}

/** The query of the same look, changed so. */
export function lookQuery(
  current: Look,
  change: Partial<Record<keyof Look, string | undefined>> = {},
): string {
  const { sent: _, ...kept } = { ...current, ...change };
  const entries = Object.entries(kept).filter((entry): entry is [string, string] => !isDefault(entry));
  return new URLSearchParams(entries).toString();
}

const DEFAULTS: Readonly<Record<string, string>> = { tab: "html", width: "desktop", scheme: "light" };

function isDefault([name, value]: readonly [string, string | undefined]): boolean {
  return value === undefined || value === "" || DEFAULTS[name] === value;
}
