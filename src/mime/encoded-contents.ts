/** RFC 2045 6.8. */
const MAX_BASE64_LINE = 76;
/** How much is kept at most, in bytes of the files as they are. */
const MOST_KEPT = 8 * 1024 * 1024;

interface Kept {
  /** A copy: whoever gave the content may change it. */
  readonly content: Buffer;
  readonly encoded: Buffer;
}

/**
 * Files in base64, each encoded once as long as it comes again and again, as those of a newsletter do. They are told apart by every byte,
 * which takes a hundredth of the time.
 */
export class EncodedContents {
  /** The longest unused first. */
  #kept: readonly Kept[] = [];

  of(content: Uint8Array): Buffer {
    const known = this.#kept.find((each) => each.content.equals(content));
    const found = known ?? { content: Buffer.from(content), encoded: encode(content) };
    if (found !== this.#kept.at(-1)) this.#keep(found);
    return found.encoded;
  }

  #keep(newest: Kept): void {
    const kept = [...this.#kept.filter((each) => each !== newest), newest];
    let size = kept.reduce((sum, { content }) => sum + content.length, 0);
    while (size > MOST_KEPT) size -= kept.shift()?.content.length ?? size;
    this.#kept = kept;
  }
}

function encode(content: Uint8Array): Buffer {
  const whole = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("base64");
  return Buffer.from(whole.replace(new RegExp(`.{${MAX_BASE64_LINE}}(?!$)`, "g"), "$&\r\n"), "latin1");
}
