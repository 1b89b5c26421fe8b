import { registry } from "../../jobs/handler.ts";
import { type Preview, previewRegistry } from "../../mailers/preview.ts";
import { type WithoutPreview, withoutPreview } from "../../previews/without-preview.ts";
import { callName, NotFoundError, UsageError } from "../command.ts";
import { mailerNamed } from "../mailers.ts";

/** What a command line asks to see. */
export interface PreviewChoice {
  readonly previews: readonly Preview[];
  /** What it asks for and is not written yet. */
  readonly missing: readonly WithoutPreview[];
}

/**
 * @param names one `Mailer.action`, one `Mailer`, or nothing for all
 * @throws UsageError | UnknownActionError | NotFoundError
 */
export function choosePreviews(names: readonly string[], scenario: string | undefined): PreviewChoice {
  if (registry.all().length === 0)
    throw new NotFoundError("No mailer was found. Name the folder of yours with --mailers.");
  const isAsked = readNames(names);
  const asked = previewRegistry.all().filter(isAsked);
  const previews = asked.filter((preview) => scenario === undefined || preview.scenario === scenario);
  const missing = withoutPreview(registry, previewRegistry).filter(isAsked);
  if (scenario !== undefined && previews.length === 0) {
    const known = asked.map((preview) => `${preview.mailer}.${preview.action} "${preview.scenario}"`);
    throw new NotFoundError(
      `There is no preview "${scenario}"${names[0] ? ` of ${names[0]}` : ""}. There are: ${known.join(", ") || "none"}.`,
    );
  }
  return { previews, missing };
}

type Named = Pick<Preview, "mailer" | "action">;

function readNames([name, ...rest]: readonly string[]): (named: Named) => boolean {
  if (rest.length > 0) throw new UsageError("preview takes one Mailer.action, or one Mailer.");
  if (name === undefined) return () => true;
  if (!name.includes(".")) return withName(name);
  const call = callName(name);
  const handler = mailerNamed(call.mailer, call.action);
  return ({ mailer, action }) => mailer === handler.name && action === call.action;
}

function withName(name: string): (named: Named) => boolean {
  const names = registry.names();
  if (!names.includes(name))
    throw new NotFoundError(`There is no mailer "${name}". Known: ${names.join(", ") || "none"}.`);
  return ({ mailer }) => mailer === name;
}
