/** Headers that programs read by their grammar, in which an encoded word would mean nothing (RFC 2047 5). */
const STRUCTURED =
  /^(in-reply-to|references|list-.*|auto-submitted|precedence|importance|sensitivity|archived-at|expires|x-priority|x-msmail-priority)$/i;

export function isStructured(name: string): boolean {
  return STRUCTURED.test(name);
}
