import { placeOf, TemplateFault, type TemplateFile } from "./template-problem.ts";

const NOT_FOUND = /^The partial (.+) could not be found$/;

/** Where a template asks data for the name of a partial. */
const DYNAMIC = /\{\{~?#?>\s*\(/;

/**
 * What goes wrong with partials while a mail is filled, as a fault of its template; any other error as it is.
 * @param file the mail's own template
 */
export function partialFault(error: unknown, file: TemplateFile): unknown {
  if (!(error instanceof Error) || error instanceof TemplateFault) return error;
  const message = messageFor(error);
  if (message === undefined) return error;
  const place = placeOf(file.text, Math.max(0, file.text.search(DYNAMIC)));
  // Data names such a partial, and how deep partials include themselves.
  return new TemplateFault(message, file.key, place, { cause: error, kind: "values" });
}

function messageFor({ name, message }: Error): string | undefined {
  if (name === "RangeError" && message.includes("call stack"))
    return "its partials or layouts include each other without end";
  const [, partial] = NOT_FOUND.exec(message) ?? [];
  if (partial === "@partial-block")
    return "a partial that it includes wants a block for its {{> @partial-block}}: {{#> name}}...{{/name}}";
  return partial === undefined
    ? undefined
    : `there is no partial ${JSON.stringify(partial)}, which data names`;
}
