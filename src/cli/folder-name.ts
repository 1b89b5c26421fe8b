import { createHash } from "node:crypto";

/** Letters, digits, and what may stand between them on every file system. */
const PLAIN = /^[\p{L}\p{N}]+(?:[ _.-][\p{L}\p{N}]+)*$/u;
/** Windows gives these to devices, whatever ending they have. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
const LONGEST = 60;

/**
 * A name from outside as the name of one folder or file, which leads nowhere else. Different names stay different.
 * @example folderName("long name") === "long name"; folderName("../x") === "x-d6b96a97"
 */
export function folderName(name: string): string {
  if (PLAIN.test(name) && !DEVICE.test(name) && name.length <= LONGEST) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...words.join("-").slice(0, LONGEST).split("-"), hash].filter(Boolean).join("-");
}
