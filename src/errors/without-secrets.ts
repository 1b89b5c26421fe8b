/**
 * A text with connection strings in it, without what they keep secret: the password, and with it the name, and whatever options hold a
 * password, a token or a secret.
 */
export function withoutSecrets(text: string): string {
  return text.replace(/\S+/g, withoutCredentials).replace(SECRET_OPTION, "$1***");
}

/** Up to the last @ before the next space: a password that is not escaped may hold any of `@/:?`. */
function withoutCredentials(word: string): string {
  const scheme = SCHEME.exec(word);
  if (scheme === null) return word;
  const begin = scheme.index + scheme[0].length;
  return word.slice(0, begin) + word.slice(Math.max(begin, word.lastIndexOf("@") + 1));
}

const SCHEME = /[a-z0-9+.-]:\/\//i;

/** The names of options are short; a bound on their letters keeps the time that a long word takes in proportion. */
const SECRET_OPTION = /((?:password|token|secret)\w{0,40}[=:])[^&,\s"'}\]]+/gi;
