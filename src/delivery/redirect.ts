import type { Interceptor, MailChanges } from "../mail/callbacks.ts";
import type { Mailbox, RenderedMail } from "../mail/mail.ts";

type Headers = NonNullable<MailChanges["headers"]>;

export interface RedirectOptions {
  /** Gets the mails of everybody else. */
  readonly to: Mailbox;
  /** The addresses that still get their mails: single addresses, and `*@domain` for all of a domain. */
  readonly allow: readonly string[];
}

/**
 * Sends what is for anybody outside the allow-list to one address instead. Who it was for stands in `X-Intercepted-To`, `-Cc`
 * and, where nobody else gets the mail, `-Bcc`.
 */
export function redirect({ to: instead, allow }: RedirectOptions): Interceptor {
  const allowed = new Set(allow.map((pattern) => pattern.toLowerCase()));
  const isAllowed = ({ address }: Mailbox) => {
    const lower = address.toLowerCase();
    const domain = lower.slice(lower.lastIndexOf("@"));
    return allowed.has(lower) || allowed.has(`*${domain}`) || lower === instead.address.toLowerCase();
  };
  return ({ mail }) => {
    const kept = (boxes: readonly Mailbox[]) => boxes.filter(isAllowed);
    const { to, cc, bcc } = mail;
    if ([...to, ...cc, ...bcc].every(isAllowed)) return undefined;
    const others = kept(to).filter(({ address }) => address !== instead.address);
    const changed = { to: [instead, ...others], cc: kept(cc), bcc: kept(bcc) };
    return { ...changed, headers: originals(mail, { isAlone: others.length + changed.cc.length === 0 }) };
  };
}

/** Blind copies stay so where anybody else gets the mail too. */
function originals({ to, cc, bcc }: RenderedMail, { isAlone }: { readonly isAlone: boolean }): Headers {
  const list = (boxes: readonly Mailbox[]) => boxes.map(({ address }) => address).join(", ");
  return {
    ...(to.length > 0 && { "X-Intercepted-To": list(to) }),
    ...(cc.length > 0 && { "X-Intercepted-Cc": list(cc) }),
    ...(bcc.length > 0 && isAlone && { "X-Intercepted-Bcc": list(bcc) }),
  };
}
