/**
 * An address in a text of somebody else's: also with a local part in quotes, at an IP address, or as a URL spells it. A local part begins
 * where a word begins, and a quoted one is as long as it may be (RFC 5321 4.5.3.1.1), so that a long text is looked through once.
 */
const ADDRESS =
  /(?:"[^"\p{Cc}]{1,64}"|(?<![^\s<>"'()[\],;:])[^\s<>"'()[\],;:]+)(?:@|%40)(?:\[[^\s[\]]{1,64}\]|[^\s<>"'()[\],;:]+)/gu;

/** The text with a word in the place of every address. */
export function withoutAddresses(text: string, word: string): string {
  return text.replaceAll(ADDRESS, word);
}
