import { z } from "zod";
import { helper } from "./helper.ts";

/** What a link in a mail may begin with; anything else (javascript:, data:) is refused. */
const LINK = /^(https?:\/\/|mailto:|tel:|sms:)/i;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;

const queryValue = z.union(
  [z.string(), z.number(), z.bigint(), z.boolean(), z.null()],
  "expected text, a number, true or false, or null to leave it out",
);

/**
 * `{{url "/orders" id=42}}`: a path of the site as an absolute URL, with named arguments as its query; null leaves one out.
 * An absolute link is given back as it is.
 */
export const url = helper(
  { args: z.tuple([z.string()]), named: z.record(z.string(), queryValue) },
  ({ args: [path], named, baseUrl }) => withQuery(absolute(path, baseUrl), named),
);

/** @throws Error */
function absolute(path: string, baseUrl: string | undefined): string {
  if (LINK.test(path)) return new URL(path).href;
  if (SCHEME.test(path)) throw new Error("a link must begin with https://, http://, mailto:, tel: or a /");
  if (/^[/\\]{2}|\\/.test(path)) throw new Error("a path must begin with one / and have no \\");
  if (baseUrl === undefined)
    throw new Error(
      "a path needs a site: set baseUrl (DELAYED_MAILER_BASE_URL), or give it in the mailer's defaults()",
    );
  return new URL(`${baseUrl.replace(/(?<!\/)\/+$/, "")}/${path.replace(/^\//, "")}`).href;
}

function withQuery(link: string, query: Readonly<Record<string, z.infer<typeof queryValue>>>): string {
  const whole = new URL(link);
  for (const [name, value] of Object.entries(query))
    if (value !== null) whole.searchParams.set(name, String(value));
  return whole.href;
}
