import { encodeText } from "../../mail/quoted-printable.ts";

/** Blocks that print what is in them, as often as they say, and nothing else. */
const PRINTING = new Set(["if", "unless", "each", "with"]);
/** A text that grows by more in quoted-printable, soft breaks aside, is shorter in base64. */
const MOST_GROWTH = 4 / 3;

type Statement = hbs.AST.Statement & {
  readonly escaped?: boolean;
  readonly path?: { readonly original?: unknown };
  readonly program?: hbs.AST.Program;
  readonly inverse?: hbs.AST.Program;
};

/**
 * Copies of the trees of a template in which every text is quoted-printable; filled with values that are encoded as they are printed
 * they give the template's output, encoded. Only the static text decides about it, so a template is always written in the same way.
 * @returns undefined where a part of the output would not pass the printing of values (`{{{ }}}`, block helpers), or is better in base64
 */
export function encodedPrograms(
  programs: readonly hbs.AST.Program[],
): readonly hbs.AST.Program[] | undefined {
  if (!programs.every(isEncodable)) return undefined;
  const copies = programs.map((program) => structuredClone(program));
  let [before, after] = [0, 0];
  for (const content of copies.flatMap(contentsOf)) {
    const encoded = encodeText(content.value);
    before += Buffer.byteLength(content.value);
    after += encoded.replaceAll("=\r\n", "").length;
    content.value = encoded;
  }
  return after <= before * MOST_GROWTH ? copies : undefined;
}

function isEncodable({ body }: hbs.AST.Program): boolean {
  return body.every((statement) => {
    const { type, escaped, path, program, inverse } = statement as Statement;
    if (type === "MustacheStatement") return escaped === true;
    if (type === "BlockStatement" && !PRINTING.has(String(path?.original))) return false;
    return [program, inverse].every((inner) => inner === undefined || inner === null || isEncodable(inner));
  });
}

function contentsOf({ body }: hbs.AST.Program): readonly hbs.AST.ContentStatement[] {
  return body.flatMap((statement) => {
    if (statement.type === "ContentStatement") return [statement as hbs.AST.ContentStatement];
    const { program, inverse } = statement as Statement;
    return [program, inverse].flatMap((inner) => (inner ? contentsOf(inner) : []));
  });
}
