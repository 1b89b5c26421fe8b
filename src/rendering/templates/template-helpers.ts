import Handlebars from "handlebars";
import { errorMessage } from "../../errors/error-message.ts";
import { ConfigurationError } from "../../errors/errors.ts";
import type { Helper } from "../helpers/helper.ts";
import { STANDARD_HELPERS } from "../helpers/standard-helpers.ts";
import type { TemplateContext } from "../mail-context.ts";
import { TemplateFault } from "./template-problem.ts";

export type Helpers = Readonly<Record<string, Helper>>;

/** What Handlebars passes after the arguments. */
interface HandlebarsCall {
  readonly hash: Readonly<Record<string, unknown>>;
  readonly data: { readonly context: TemplateContext };
  readonly loc: hbs.AST.SourceLocation;
  readonly fn?: (context: unknown) => string;
}

const NAME = /^[A-Za-z]\w*$/;

/**
 * The library's helpers and the application's, which may replace the library's and not those of the language itself.
 * @throws ConfigurationError
 */
export function allHelpers(own: Helpers, taken: readonly string[]): Helpers {
  const problems = Object.keys(own).flatMap((name) => nameProblem(name, taken));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { ...STANDARD_HELPERS, ...own };
}

function nameProblem(name: string, taken: readonly string[]): readonly string[] {
  if (taken.includes(name)) return [`helpers: "${name}" is a word of Handlebars itself`];
  return NAME.test(name) ? [] : [`helpers: "${name}" must be letters and digits`];
}

/** A helper as Handlebars calls it. */
export function handlebarsHelper(name: string, helper: Helper): Handlebars.HelperDelegate {
  return function (this: unknown, ...params: unknown[]) {
    const args = params.slice(0, -1);
    const call = params.at(-1) as HandlebarsCall;
    if (args.length === 0 && !call.fn && Object.keys(call.hash).length === 0) {
      const variable = ownVariable(this, name);
      if (variable !== undefined) return variable;
    }
    return run(name, helper, args, call, this);
  };
}

/** `{{url}}` with nothing after it is the value of that name, where there is one: such names are common. */
function ownVariable(context: unknown, name: string): unknown {
  return typeof context === "object" && context !== null && Object.hasOwn(context, name)
    ? Reflect.get(context, name)
    : undefined;
}

function run(name: string, helper: Helper, args: readonly unknown[], call: HandlebarsCall, context: unknown) {
  const { hash, data, loc, fn } = call;
  const { mail, format } = data.context;
  // Handlebars hands named arguments over last first.
  const named = Object.fromEntries(Object.entries(hash).toReversed());
  const place = { template: loc.source, format, body: fn && (() => fn(context)) };
  try {
    const result = helper.run(args, named, mail, place);
    return helper.html && typeof result === "string" ? new Handlebars.SafeString(result) : result;
  } catch (error) {
    if (error instanceof TemplateFault) throw error;
    const reason = errorMessage(error);
    const at = { line: loc.start.line, column: loc.start.column + 1 };
    throw new TemplateFault(`{{${name}}}: ${reason}`, loc.source, at, { cause: error, kind: "values" });
  }
}
