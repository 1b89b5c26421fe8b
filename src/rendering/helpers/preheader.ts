import { z } from "zod";
import { escapeHtml } from "./escape-html.ts";
import { helper } from "./helper.ts";

const HIDDEN =
  "display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;font-size:1px;line-height:1px;color:transparent;mso-hide:all";

/** Mail programs fill up their line of preview from the mail itself; these widths of nothing keep that out. */
const FILLING = "&#8199;&#65279;&#847; ".repeat(60).trim();

/**
 * `{{preheader "Your order is on its way"}}` or `{{#preheader}}...{{/preheader}}`: what the list of mails shows after the
 * subject, and the open mail does not. Belongs at the start of the body. Nothing in text parts.
 */
export const preheader = helper(
  { args: z.union([z.tuple([]), z.tuple([z.string()])], "expected one text, or a block"), html: true },
  ({ args: [text], body, format }) => {
    if (format !== "html") return "";
    if ((text === undefined) === (body === undefined)) throw new Error("give it a text or a block");
    const shown = text === undefined ? (body?.() ?? "").trim() : escapeHtml(text);
    return `<div aria-hidden="true" style="${HIDDEN}">${shown} ${FILLING}</div>`;
  },
);
