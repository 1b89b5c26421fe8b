import type Handlebars from "handlebars";
import { errorMessage } from "../errors/error-message.ts";
import type { TemplateContext } from "./mail-context.ts";
import type { Printing } from "./printing.ts";
import { TemplateFault } from "./templates/template-problem.ts";

/** What compiled templates read values through. Handlebars makes one for each template. */
interface Container {
  escapeExpression: Printing["print"];
  lookupProperty(owner: unknown, name: string): unknown;
  strict(owner: unknown, name: string, location: hbs.AST.SourceLocation): unknown;
}

interface CompiledTemplate {
  main(container: Container, ...rest: unknown[]): string;
}

/**
 * Lets templates of an environment read own properties only, and fail where one that is printed is missing.
 *
 * Handlebars' own strict mode asks `name in owner`: a getter of a class (a mongoose document has nothing else) and
 * every name on `Object.prototype` count as there and then print as nothing. It does not say which file, either.
 */
export function readOwnPropertiesOnly(handlebars: typeof Handlebars, printing: Printing): void {
  const template = handlebars.template;
  handlebars.template = (precompilation) => {
    const compiled = precompilation as CompiledTemplate;
    const { main } = compiled;
    compiled.main = (container, ...rest) => {
      container.lookupProperty = ownValue;
      container.strict = strictValue;
      container.escapeExpression = printing.print;
      return main(container, ...rest);
    };
    return template(compiled);
  };
}

/** `{{#each}}` and `{{#with}}` of something missing fail too, instead of leaving their part of the mail out. */
export function refuseMissingArgument(handlebars: typeof Handlebars, helper: "each" | "with"): void {
  const original = handlebars.helpers[helper];
  handlebars.registerHelper(helper, function (this: unknown, ...args: unknown[]) {
    const { loc, data } = args.at(-1) as { loc: hbs.AST.SourceLocation; data: { context: TemplateContext } };
    if (args.length === 2 && args[0] === undefined && !data.context.isLenient(loc.source))
      throw faultAt(loc, `what {{#${helper}}} is given is missing (pass null where there may be nothing)`);
    return original?.apply(this, args as Parameters<Handlebars.HelperDelegate>);
  });
}

function ownValue(owner: unknown, name: string): unknown {
  if (owner === null || owner === undefined) return undefined;
  const object: object = Object(owner);
  return Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined;
}

function strictValue(owner: unknown, name: string, location: hbs.AST.SourceLocation): unknown {
  const value = readValue(owner, name, location);
  if (value === undefined) throw faultAt(location, describeMissing(owner, name));
  return value;
}

/** A getter may throw. */
function readValue(owner: unknown, name: string, location: hbs.AST.SourceLocation): unknown {
  try {
    return ownValue(owner, name);
  } catch (error) {
    throw faultAt(location, `"${name}" cannot be read: ${errorMessage(error)}`);
  }
}

function describeMissing(owner: unknown, name: string): string {
  if (owner === null || owner === undefined) return `"${name}" cannot be read: what it belongs to is missing`;
  const object: object = Object(owner);
  if (Object.hasOwn(object, name)) return `"${name}" is undefined (pass null where there may be nothing)`;
  if (name in object) return `"${name}" ${ofAClass(object)}, and templates read plain data only`;
  return `"${name}" is missing`;
}

function ofAClass(object: object): string {
  return "toObject" in object && "$__" in object
    ? "belongs to a mongoose document (give the template .lean() or .toObject() of it)"
    : "belongs to a class";
}

function faultAt({ source, start }: hbs.AST.SourceLocation, message: string): TemplateFault {
  const at = { line: start.line, column: start.column + 1 };
  return new TemplateFault(message, source, at, { kind: "values" });
}
