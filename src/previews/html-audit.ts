import { Parser } from "htmlparser2";

export interface AuditedLink {
  readonly href: string;
  /** What is read of it; of a picture its words. */
  readonly text: string;
  /** What is wrong with it, if anything is. */
  readonly fault?: string;
}

export interface AuditedImage {
  readonly src: string;
  /** Undefined where it has none; empty for what is there for the eye only. */
  readonly alt: string | undefined;
}

/** What a mail's html holds, and what some reader or client would stumble over. */
export interface HtmlAudit {
  readonly links: readonly AuditedLink[];
  readonly images: readonly AuditedImage[];
  /** How many pictures, fonts and styles are fetched from elsewhere when it is opened. */
  readonly remote: number;
  readonly advice: readonly string[];
}

/** Elements that clients take out, or that make them distrust a mail. */
const REMOVED = ["script", "form", "input", "iframe", "object", "embed", "video", "audio"];
const REMOTE = /^(?:https?:)?\/\//i;

/** Reads the html of a mail as it would be sent. */
export function auditHtml(html: string): HtmlAudit {
  const links: AuditedLink[] = [];
  const images: AuditedImage[] = [];
  const removed = new Set<string>();
  const advice: string[] = [];
  let remote = 0;
  let open: { href: string; text: string } | undefined;
  let hasLanguage = !/<html\b/i.test(html);
  let unsaidTables = 0;
  const parser = new Parser({
    onopentag(name, { href, src, alt, lang, role, background, style = "" }) {
      if (name === "html") hasLanguage = lang !== undefined && lang !== "";
      if (name === "a" && href !== undefined) open = { href, text: "" };
      if (name === "img") images.push({ src: src ?? "", alt });
      if (name === "img" && open) open.text += alt ?? "";
      if (name === "table" && role === undefined) unsaidTables += 1;
      if (REMOVED.includes(name)) removed.add(name);
      const fetched = [name === "img" || name === "link" ? (src ?? href) : undefined, background];
      remote += fetched.filter((url) => url !== undefined && REMOTE.test(url)).length;
      remote += style.match(/url\(\s*["']?(?:https?:)?\/\//gi)?.length ?? 0;
    },
    ontext(text) {
      if (open) open.text += text;
    },
    onclosetag(name) {
      if (name !== "a" || open === undefined) return;
      links.push(linkOf(open));
      open = undefined;
    },
  });
  parser.end(html);
  const wordless = images.filter(({ alt }) => alt === undefined).length;
  if (!hasLanguage) advice.push("the html element has no lang, so screen readers guess the language");
  if (wordless > 0)
    advice.push(`${counted(wordless, "image has", "images have")} no alt: write alt="" for mere decoration`);
  if (unsaidTables > 0)
    advice.push(
      `${counted(unsaidTables, "table has", "tables have")} no role: layout tables need role="presentation"`,
    );
  for (const name of removed) advice.push(`clients take <${name}> out of mails`);
  const faulty = links.filter(({ fault }) => fault !== undefined);
  for (const { href, text, fault } of faulty) advice.push(`the link "${text || href}" ${fault}`);
  return { links, images, remote, advice };
}

function linkOf({ href, text }: { readonly href: string; readonly text: string }): AuditedLink {
  const read = text.replace(/\s+/g, " ").trim();
  const fault = faultOf(href.trim(), read);
  return { href, text: read, ...(fault !== undefined && { fault }) };
}

function faultOf(href: string, text: string): string | undefined {
  if (href === "" || href === "#") return "leads nowhere";
  if (/^(?:mailto|tel|sms):/i.test(href)) return text === "" ? "has no text" : undefined;
  if (/^javascript:/i.test(href)) return "is a script, which no client runs";
  if (href.startsWith("#")) return undefined;
  if (!URL.canParse(href)) return `is relative (${href}): a mail has no address it could be relative to`;
  const { hostname, protocol } = new URL(href);
  if (/^(?:localhost|127\.|\[::1\]|.*\.local$)/.test(hostname)) return `leads to this machine (${hostname})`;
  if (protocol === "http:") return "is http, not https";
  return text === "" ? "has no text" : undefined;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
