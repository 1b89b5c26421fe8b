/** What parsers do with an element because of its name. Only what no parser has to repair is let through. */

const VOID = new Set(
  "area base basefont br col command embed frame hr img input isindex keygen link meta param source track wbr".split(
    " ",
  ),
);

/** Elements that parsers treat in ways of their own. None belongs in a mail outside Outlook's comments. */
const UNUSUAL = new Set(
  "svg math noscript iframe noembed noframes plaintext xmp template select option optgroup".split(" "),
);

const RAW = new Set(["style", "script", "title", "textarea"]);

/** What an opening tag closes of its own accord when it stands right inside. */
const CLOSES: Readonly<Record<string, readonly string[]>> = {
  tr: ["tr", "th", "td"],
  th: ["th"],
  td: ["thead", "th", "td"],
  body: ["head", "link", "script"],
  li: ["li"],
  dd: ["dd", "dt"],
  dt: ["dd", "dt"],
  rt: ["rt", "rp"],
  rp: ["rt", "rp"],
  tbody: ["thead", "tbody"],
  tfoot: ["thead", "tbody"],
  input: ["input", "button", "datalist", "textarea"],
  output: ["input", "button", "datalist", "textarea"],
  button: ["input", "button", "datalist", "textarea"],
  datalist: ["input", "button", "datalist", "textarea"],
  textarea: ["input", "button", "datalist", "textarea"],
};

/** What does not end a `p` it stands in. */
const PHRASING = new Set(
  "a abbr acronym b bdi bdo big br cite code data del dfn em font i img ins kbd label mark q s samp small span strike strong sub sup time tt u var wbr".split(
    " ",
  ),
);

export function isVoid(tag: string): boolean {
  return VOID.has(tag);
}

/** Whether what is inside is no html. */
export function holdsRawText(tag: string): boolean {
  return RAW.has(tag);
}

/** What a parser would repair about a tag in this place. */
export function tagFault(tag: string, parent: string | undefined, closed: boolean): string | undefined {
  if (UNUSUAL.has(tag)) return `<${tag}>`;
  if (closed && !VOID.has(tag)) return `<${tag}/> is not closed by its slash`;
  if (parent === undefined) return undefined;
  if (parent === "p" && !PHRASING.has(tag)) return `<${tag}> cannot stand in <p>`;
  return CLOSES[tag]?.includes(parent) ? `<${tag}> closes the <${parent}> it stands in` : undefined;
}
