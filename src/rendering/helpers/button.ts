import { z } from "zod";
import { escapeHtml } from "./escape-html.ts";
import { helper } from "./helper.ts";

const color = z.string().regex(/^#[0-9a-f]{6}$/i, "expected a colour such as #0b5f8a");
const pixels = z.int().min(0).max(600);

const look = z.strictObject({
  url: z.string().regex(/^(https?:\/\/|mailto:)/i, 'expected an absolute link, such as (url "/start")'),
  background: color.default("#0b5f8a"),
  color: color.default("#ffffff"),
  /** In px. Outlook needs it: there a button does not grow with its words. */
  width: pixels.default(240),
  height: pixels.default(48),
  radius: pixels.default(8),
  align: z.enum(["left", "center", "right"]).default("left"),
});

const FONT = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/**
 * `{{button "Open your workspace" url=(url "/start")}}`: a link that looks like a button everywhere; Outlook for Windows draws it
 * with VML. In text parts it is `Open your workspace: https://...`.
 */
export const button = helper(
  { args: z.tuple([z.string().min(1)]), named: look, html: true },
  ({ args: [label], named, format }) =>
    format === "html" ? htmlButton(escapeHtml(label), named) : `${label}: ${named.url}`,
);

function htmlButton(label: string, { url, ...shape }: z.infer<typeof look>): string {
  const { background, color: text, width, height, radius, align } = shape;
  const href = escapeHtml(url);
  const arc = height === 0 ? 0 : Math.min(50, Math.round((radius / height) * 100));
  const font = `font-family:${FONT};font-size:16px;font-weight:600`;
  return `<table role="presentation" align="${align}" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 24px"><tr><td>
<!--[if mso]><v:roundrect xmlns:v="urn:schemas-microsoft-com:vml" xmlns:w="urn:schemas-microsoft-com:office:word" href="${href}" style="height:${height}px;v-text-anchor:middle;width:${width}px" arcsize="${arc}%" stroke="f" fillcolor="${background}"><w:anchorlock/><center style="color:${text};font-family:Arial,sans-serif;font-size:16px;font-weight:bold">${label}</center></v:roundrect><![endif]-->
<!--[if !mso]><!--><a href="${href}" style="display:inline-block;box-sizing:border-box;min-width:${width}px;padding:0 20px;border-radius:${radius}px;background-color:${background};color:${text};${font};line-height:${height}px;text-align:center;text-decoration:none;-webkit-text-size-adjust:none">${label}</a><!--<![endif]-->
</td></tr></table>`;
}
