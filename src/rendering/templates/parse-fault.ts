import { errorMessage } from "../../errors/error-message.ts";
import { type Place, placeOf, TemplateFault, type TemplateFile } from "./template-problem.ts";

/** What the parser says of a place: where it was, and some characters before and after with the newlines left out. */
const PARSE_ERROR = /^Parse error on line (\d+):\n(.*)\n(-*)\^\n[\s\S]*?(?:got '(\w+)')?$/;

/** More than the parser shows to either side. */
const SHOWN = 60;

/** QueueRotation what Handlebars throws for a text it cannot parse into a fault with its place. */
export function parseFault(file: TemplateFile, error: unknown): TemplateFault {
  const message = errorMessage(error);
  const [, line, shown = "", dashes = "", got] = PARSE_ERROR.exec(message) ?? [];
  if (line === undefined) {
    // The place is said beside it.
    const short = message.replace(/ - \d+:\d+$/, "");
    return new TemplateFault(short, file.key, placeGiven(error), { cause: error });
  }
  const place = placeShown(file.text, Number(line), shown, dashes.length);
  return new TemplateFault(explain(got), file.key, place, { cause: error });
}

function explain(got: string | undefined): string {
  if (got === "EOF") return "the file ends while a {{#block}} or an {{expression}} is still open";
  if (got === "OPEN_ENDBLOCK") return "this closes a block that is not open";
  return "this is not a Handlebars expression";
}

/** Some faults carry their place as properties; columns count from 0 there. */
function placeGiven(error: unknown): Place {
  const { lineNumber, column } = error as { lineNumber?: unknown; column?: unknown };
  return typeof lineNumber === "number" && typeof column === "number"
    ? { line: lineNumber, column: column + 1 }
    : { line: 1, column: 1 };
}

function placeShown(text: string, line: number, shown: string, caret: number): Place {
  const before = shown.slice(0, caret).replace(/^\.\.\./, "");
  const after = shown.slice(caret).replace(/\.\.\.$/, "");
  const matches = (index: number) =>
    withoutNewlines(text.slice(Math.max(0, index - SHOWN), index)).endsWith(before) &&
    withoutNewlines(text.slice(index, index + SHOWN)).startsWith(after);
  const places = Array.from({ length: text.length + 1 }, (_, index) => index)
    .filter(matches)
    .map((index) => placeOf(text, index));
  const nearest = places.sort((a, b) => Math.abs(a.line - line) - Math.abs(b.line - line))[0];
  return nearest ?? { line, column: 1 };
}

function withoutNewlines(text: string): string {
  return text.replaceAll("\n", "");
}
