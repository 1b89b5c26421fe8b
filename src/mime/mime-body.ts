import * as base64 from "nodemailer/lib/base64";
import type MimeNode from "nodemailer/lib/mime-node";
import * as qp from "nodemailer/lib/qp";

/** Nodemailer encodes longer ones in pieces, and each piece has lines of its own. */
const ONE_PIECE = 64 * 1024;

/**
 * The bytes that `build()` of a mail of texts alone gives, without the dozen of streams it makes for each mail.
 * @returns undefined where only `build()` can tell
 */
export function textsAsBytes(root: MimeNode): Buffer | undefined {
  if (!leaves(root).every(({ content }) => isOnePiece(content))) return undefined;
  const whole = written(root);
  const lines = whole.endsWith("\n") ? whole : `${whole}\r\n`;
  // Everything is ASCII by now.
  return Buffer.from(lines.replace(/\r?\n/g, "\r\n"), "latin1");
}

function leaves(node: MimeNode): readonly MimeNode[] {
  return node.childNodes.length === 0 ? [node] : node.childNodes.flatMap(leaves);
}

/** White space at the end is a piece of its own too. */
function isOnePiece(content: MimeNode["content"]): content is string {
  return typeof content === "string" && Buffer.byteLength(content) <= ONE_PIECE && !/[ \t\r]$/.test(content);
}

function written(node: MimeNode): string {
  const head = `${node.buildHeaders()}\r\n\r\n`;
  // Known by now, and not looked for in the text once more.
  const encoding = node.getTransferEncoding();
  if (!node.multipart) return head + encoded(String(node.content), encoding);
  const parts = node.childNodes.map((child) => `--${node.boundary}\r\n${written(child)}`);
  return `${head}${parts.join("\r\n")}\r\n--${node.boundary}--\r\n`;
}

function encoded(text: string, encoding: string | false): string {
  if (encoding === "quoted-printable") return qp.wrap(qp.encode(text));
  return encoding === "base64" ? base64.wrap(base64.encode(text)) : text;
}
