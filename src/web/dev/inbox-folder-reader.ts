import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import PostalMime, { type Address, type Email } from "postal-mime";
import { T } from "../texts.ts";

/** A mail of the inbox, as a list shows it. */
export interface InboxMail {
  /** The name of its file, without the ending. */
  readonly id: string;
  readonly at: Date;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  /** In bytes. */
  readonly size: number;
  readonly attachments: number;
  /** The beginning of what it says, for search and lists. */
  readonly words: string;
}

/** A mail with everything that is in it. */
export interface OpenedMail extends InboxMail {
  readonly mail: Email;
  readonly raw: Buffer;
}

const NAME = /^[\w.-]{1,120}\.eml$/;
/** How many of the newest mails a search looks into. */
export const SEARCHED = 2_000;
/** How much of a mail's text is kept for lists, in characters. */
const WORDS = 2_000;

/** Reads the folder that an `InboxTransport` and the SMTP catcher write. */
export class InboxFolderReader {
  readonly #folder: string;
  /** By name: a file of the inbox never changes. */
  readonly #known = new Map<string, InboxMail>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Newest first. */
  async list({
    words = "",
    limit = 50,
    offset = 0,
  }: {
    words?: string;
    limit?: number;
    offset?: number;
  } = {}) {
    const names = await this.#names();
    for (const known of this.#known.keys()) if (!names.includes(known)) this.#known.delete(known);
    if (words.trim() === "")
      return { mails: await this.#read(names.slice(offset, offset + limit)), total: names.length };
    const all = await this.#read(names.slice(0, SEARCHED));
    const found = all.filter((mail) => fits(mail, words));
    return { mails: found.slice(offset, offset + limit), total: found.length };
  }

  async get(id: string): Promise<OpenedMail | undefined> {
    const name = `${id}.eml`;
    if (!NAME.test(name)) return undefined;
    const raw = await readFile(join(this.#folder, name)).catch(() => undefined);
    if (raw === undefined) return undefined;
    const mail = await parse(raw);
    return { ...summary(name, raw, mail), mail, raw };
  }

  /** @returns how many */
  async deleteAll(): Promise<number> {
    const names = await this.#names();
    for (const name of names) await rm(join(this.#folder, name), { force: true });
    return names.length;
  }

  async delete(id: string): Promise<void> {
    if (NAME.test(`${id}.eml`)) await rm(join(this.#folder, `${id}.eml`), { force: true });
  }

  async #names(): Promise<readonly string[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names
      .filter((name) => NAME.test(name))
      .toSorted()
      .reverse();
  }

  async #read(names: readonly string[]): Promise<readonly InboxMail[]> {
    const mails: InboxMail[] = [];
    for (const name of names) {
      const known = this.#known.get(name) ?? (await this.#summary(name));
      if (known === undefined) continue;
      this.#known.set(name, known);
      mails.push(known);
    }
    return mails;
  }

  /** Undefined for one that was deleted meanwhile. */
  async #summary(name: string): Promise<InboxMail | undefined> {
    const raw = await readFile(join(this.#folder, name)).catch(() => undefined);
    return raw && summary(name, raw, await parse(raw));
  }
}

/** A file that is no mail is shown as one that says what it is. */
async function parse(raw: Buffer): Promise<Email> {
  try {
    return await PostalMime.parse(raw, { attachmentEncoding: "arraybuffer" });
  } catch (error) {
    const text = T.isNoMail(String(error));
    return { headers: [], headerLines: [], attachments: [], subject: T.noMailInFile, text };
  }
}

function summary(name: string, raw: Buffer, mail: Email): InboxMail {
  const id = name.slice(0, -".eml".length);
  const recipients = [...(mail.to ?? []), ...(mail.cc ?? []), ...(mail.bcc ?? [])];
  return {
    id,
    at: timeOf(id, mail.date),
    from: mail.from ? addressText(mail.from) : "",
    to: recipients.map(addressText),
    subject: mail.subject ?? "",
    size: raw.length,
    attachments: mail.attachments.length,
    words: (mail.text ?? mail.html?.replace(/<[^<>]*>/g, " ") ?? "").replace(/\s+/g, " ").slice(0, WORDS),
  };
}

/** Files of the inbox begin with the time they came; of others the mail says when it was written. */
function timeOf(id: string, written: string | undefined): Date {
  const [, day, time] = /^(\d{4}-\d\d-\d\d)T(\d\d-\d\d-\d\d)/.exec(id) ?? [];
  const date = new Date(day === undefined ? (written ?? 0) : `${day}T${time?.replaceAll("-", ":")}Z`);
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}

export function addressText(address: Address): string {
  if (address.address === undefined)
    return `${address.name}: ${(address.group ?? []).map(addressText).join(", ")}`;
  return address.name === "" ? address.address : `${address.name} <${address.address}>`;
}

/** All words, anywhere in what a list knows of a mail. */
function fits({ from, to, subject, words: text }: InboxMail, words: string): boolean {
  const hay = [from, ...to, subject, text].join("\n").toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hay.includes(word));
}
