/** A node of html, as html-to-text hands it over. */
export interface HtmlNode {
  readonly name?: string | undefined;
  readonly data?: string | undefined;
  readonly attribs?: Readonly<Record<string, string>> | undefined;
  children?: readonly HtmlNode[] | undefined;
}

/** What nobody writes into a cell of data. */
const BLOCKS = new Set(
  "h1 h2 h3 h4 h5 h6 p div center section article header footer ul ol dl table img hr blockquote pre".split(
    " ",
  ),
);

/** What only tables of data have. */
const OF_DATA = new Set("th caption thead tfoot".split(" "));

/** In characters: more is no cell of data, but prose, or a link that a column is too narrow for. */
const LONG = 60;

/** Whether somebody said, or the table shows, that its cells are only laid out and not compared: they are read one after the other. */
export function isLayoutTable(table: HtmlNode): boolean {
  const role = roleOf(table);
  if (role !== undefined) return role === "presentation" || role === "none";
  const inside = [...within(table)];
  if (inside.some(({ name = "" }) => OF_DATA.has(name))) return false;
  if (inside.some(({ name = "" }) => BLOCKS.has(name))) return true;
  const rows = inside.filter(({ name }) => name === "tr").map(({ children = [] }) => children.filter(isCell));
  const columns = Math.max(0, ...rows.map((cells) => cells.length));
  return rows.length < 2 || columns < 2 || rows.flat().some((cell) => lengthOf(cell) > LONG);
}

function roleOf({ attribs = {} }: HtmlNode): string | undefined {
  const role = attribs.role?.trim().toLowerCase();
  return role === "" ? undefined : role;
}

function isCell({ name }: HtmlNode): boolean {
  return name === "td" || name === "th";
}

/** Every node in it, in order; a table in it is one of them, and what is in that is not. */
function* within(node: HtmlNode): Iterable<HtmlNode> {
  const waiting = [...(node.children ?? [])].reverse();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    yield next;
    if (next.name !== "table") for (const child of [...(next.children ?? [])].reverse()) waiting.push(child);
  }
}

function lengthOf(cell: HtmlNode): number {
  let length = 0;
  for (const { data = "", name, attribs = {} } of within(cell))
    length += data.trim().length + (name === "a" ? (attribs.href?.length ?? 0) : 0);
  return length;
}
