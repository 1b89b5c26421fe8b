import { extname } from "node:path";
import type { Context } from "hono";

/** A file to be kept, and never shown: whatever it says it is, the browser does nothing with it. */
export function download(context: Context, filename: string, content: string | Uint8Array): Response {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : Uint8Array.from(content);
  return context.body(bytes, 200, {
    "content-type": "application/octet-stream",
    "content-disposition": `attachment; filename="${plain(filename)}"; filename*=UTF-8''${encoded(filename)}`,
    "content-security-policy": "default-src 'none'; sandbox",
  });
}

/** For clients that cannot read the other one (RFC 6266). */
function plain(filename: string): string {
  return safeName(filename).replace(/[^\w.() -]/g, "_");
}

function encoded(filename: string): string {
  return encodeURIComponent(safeName(filename).toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Without folders and without characters that hide what a name ends with; a name of dots alone is none. */
export function safeName(filename: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const name = filename.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
  const last = name.split(/[\\/]/).at(-1)?.trim().slice(-200) ?? "";
  return /^\.*$/.test(last) ? `file${extname(last)}` : last;
}
