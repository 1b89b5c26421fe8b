/**
 * Large mail providers and the domains whose mail they take. Small on purpose: the settings `providers` and `providerOf` say more. Those
 * of a provider count as one with it, whatever country they are of.
 */
const DOMAINS: Readonly<Record<string, string>> = {
  gmail: "gmail.com googlemail.com",
  outlook:
    "live.com msn.com windowslive.com passport.com live.at live.be live.ca live.cl live.cn live.co.uk live.co.za live.com.ar live.com.au " +
    "live.com.mx live.com.my live.com.pt live.com.sg live.de live.dk live.fi live.fr live.ie live.in live.it live.jp live.nl live.no " +
    "live.ru live.se",
  yahoo:
    "ymail.com rocketmail.com myyahoo.com aol.com aol.de aol.fr aol.co.uk aol.it aim.com verizon.net att.net sbcglobal.net " +
    "bellsouth.net rogers.com",
  icloud: "icloud.com me.com mac.com",
  gmx: "gmx.net gmx.de gmx.at gmx.ch gmx.com gmx.eu gmx.li gmx.org gmx.fr gmx.co.uk gmx.us web.de mail.com email.com",
  "t-online": "t-online.de magenta.de",
  orange: "orange.fr wanadoo.fr",
  proton: "proton.me protonmail.com protonmail.ch pm.me",
  fastmail: "fastmail.com fastmail.fm",
  "mail.ru": "mail.ru inbox.ru list.ru bk.ru internet.ru",
  yandex: "yandex.ru yandex.com yandex.by yandex.kz yandex.ua ya.ru",
  qq: "qq.com vip.qq.com foxmail.com",
  netease: "163.com 126.com yeah.net",
  libero: "libero.it iol.it inwind.it blu.it giallo.it",
  seznam: "seznam.cz email.cz post.cz spoluzaci.cz",
};

/** The same name in many countries. */
const FAMILIES: readonly (readonly [provider: string, pattern: RegExp])[] = [
  ["outlook", /^(?:hotmail|outlook)\.(?:com?\.)?[a-z]{2,3}$/],
  // Yahoo of Japan is a company of its own.
  ["yahoo", /^yahoo\.(?!co\.jp$)(?:com?\.)?[a-z]{2,3}$/],
];

const BY_DOMAIN: ReadonlyMap<string, string> = new Map(
  Object.entries(DOMAINS).flatMap(([provider, domains]) =>
    domains.split(" ").map((domain) => [domain, provider] as const),
  ),
);

/** @param domain in lower case */
export function knownProvider(domain: string): string | undefined {
  return BY_DOMAIN.get(domain) ?? FAMILIES.find(([, pattern]) => pattern.test(domain))?.[0];
}
