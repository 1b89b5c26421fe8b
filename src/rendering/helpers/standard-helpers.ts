import { button } from "./button.ts";
import { cid } from "./cid.ts";
import { date } from "./date.ts";
import type { Helper } from "./helper.ts";
import { currency, number } from "./numbers.ts";
import { preheader } from "./preheader.ts";
import { t, tHtml } from "./translate.ts";
import { url } from "./url.ts";

/** What every template can call, unless the application has a helper of the same name. */
export const STANDARD_HELPERS: Readonly<Record<string, Helper>> = {
  url,
  date,
  number,
  currency,
  preheader,
  button,
  cid,
  t,
  tHtml,
};
