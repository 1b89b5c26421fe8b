/**
 * A text with connection strings in it, without what they keep secret: the password, and with it the name, and whatever options hold a
 * password, a token or a secret.
 */
export function withoutSecrets(text: string): string {
  return text.replace(CREDENTIALS, "$1").replace(SECRET_OPTION, "$1***");
}

/** Up to the last @ before the next space: a password that is not escaped may hold any of `@/:?`. */
const CREDENTIALS = /(\b[a-z][a-z0-9+.-]*:\/\/)\S*@/gi;
const SECRET_OPTION = /((?:password|token|secret)\w*[=:])[^&,\s"'}\]]+/gi;
