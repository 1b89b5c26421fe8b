/** Whether data decides a class in the template, so that its styles must be inlined for every mail. */
export type Kind = "once" | "each";

/** What changes from mail to mail. */
export interface Recipient {
  readonly id: number;
  readonly name: string;
  readonly kind: string;
}

const RULES = Array.from(
  { length: 40 },
  (_, index) =>
    `.c${index} { color: #${(0x1b2430 + index * 777).toString(16)}; margin: 0 0 ${index}px; padding: 4px ${index}px; font: 400 16px/1.5 Helvetica, Arial, sans-serif }`,
);
const CSS = [
  ...RULES,
  "a:hover { color: #08435f !important }",
  "@media (max-width: 480px) { .c1 { display: block !important } }",
].join("\n");

const PARAGRAPH =
  "Harbour keeps your team's documents, decisions and deadlines in one calm place, and nobody has to ask where anything is.";

/** A template whose mails have about so much html, styles inlined; each row is some 550 bytes of it. */
export function templateOf(kind: Kind, kilobytes: number): string {
  const first = kind === "each" ? "{{kind}}" : "c1";
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Your week</title><style>
${CSS}
</style></head><body>
<h1 class="${first}">Your week, {{name}}</h1>
<table role="presentation" width="100%">
${rows(kilobytes).join("\n")}
</table>
<p class="c2">You get this because you asked for it. <a href="https://shop.test/leave?u={{id}}">Leave</a></p>
</body></html>
`;
}

/** The text of these mails, as somebody would write it. */
export function textTemplateOf(kilobytes: number): string {
  const lines = rows(kilobytes).map(
    (_, index) => `${PARAGRAPH}\n\nLook at number ${index} <https://shop.test/items/${index}?u={{id}}>\n`,
  );
  return `Your week, {{name}}\n\n${lines.join("\n")}\nYou get this because you asked for it. Leave <https://shop.test/leave?u={{id}}>\n`;
}

export function recipient(index: number): Recipient {
  return { id: index, name: `Person ${index}`, kind: `c${index % 40}` };
}

function rows(kilobytes: number): readonly string[] {
  const count = Math.round((kilobytes * 1024 - 900) / 550);
  return Array.from(
    { length: count },
    (_, index) =>
      `<tr><td class="c${index % 40}"><p class="c${(index + 7) % 40}">${PARAGRAPH}</p><p><a class="c3" href="https://shop.test/items/${index}?u={{id}}">Look at number ${index}</a></p></td></tr>`,
  );
}
