import type Handlebars from "handlebars";
import type { Partials, Template } from "./template-engine.ts";

/** What Handlebars makes a template run with. */
interface Runtime {
  readonly helpers: unknown;
  readonly hooks: unknown;
  readonly decorators: unknown;
  readonly protoAccessControl: unknown;
}

interface RunOptions {
  readonly data: Readonly<Record<string, unknown>>;
  readonly partials: Partials;
}

/** Runs a template of its environment. */
export type RunTemplate = (template: Template, context: object, options: RunOptions) => string;

/** Of Handlebars 4.3 to 4.7: it refuses every other. */
const COMPILER_REVISION = 8;

/**
 * Handlebars wraps every helper of its environment anew for each run, which takes longer than most templates do. Partials are run with
 * what is there already; so are, by this, the templates that include them.
 * @param handlebars all of whose helpers are registered
 */
export function templateRunner(handlebars: typeof Handlebars): RunTemplate {
  const runtime = runtimeOf(handlebars);
  return (template, context, { data, partials }) => {
    const frame = { ...data, _parent: data, root: context };
    const { helpers, hooks, decorators, protoAccessControl } = runtime;
    const options = { helpers, hooks, decorators, protoAccessControl, partials, data: frame, partial: true };
    return template(context, options as Handlebars.RuntimeOptions);
  };
}

function runtimeOf(handlebars: typeof Handlebars): Runtime {
  let found: Runtime | undefined;
  const main = (container: Runtime) => {
    found = container;
    return "";
  };
  // As a compiler would have written it.
  const probe = handlebars.template({
    compiler: [COMPILER_REVISION, ""],
    usePartial: true,
    useData: true,
    main,
  } as unknown as TemplateSpecification);
  // The helpers of the second run get the reading of properties that was set before the first.
  probe({});
  probe({});
  if (found === undefined) throw new Error("Handlebars did not run a template.");
  const { helpers, hooks, decorators, protoAccessControl } = found;
  return { helpers, hooks, decorators, protoAccessControl };
}
