import type { Prepared } from "../delivery/pipeline.ts";
import { DelayedMailError, TemplateError } from "../errors/errors.ts";
import { applicationPlace, type SourcePlace } from "../jobs/source-place.ts";
import type { Preview } from "../mailers/preview.ts";

/** What became of a preview in a language, or in several that give the same. */
export type PreviewResult = Shown | Stopped | Failed;

interface InLocales {
  readonly preview: Preview;
  /** The languages that were asked for. None when the preview came to nothing before one was. */
  readonly locales: readonly string[];
}

/** A mail as its transport would get it. */
export interface Shown extends InLocales, Prepared {
  readonly kind: "shown";
}

/** The action, a callback or an interceptor stopped the mail on purpose. */
export interface Stopped extends InLocales {
  readonly kind: "stopped";
  readonly reason: string;
}

export interface Failed extends InLocales, Fault {
  readonly kind: "failed";
}

export interface Fault {
  readonly message: string;
  /** In the template, in the application's code, or else where the samples are written. */
  readonly place: SourcePlace | undefined;
  /** Of a template: the line and a caret under the place. */
  readonly excerpt?: string;
}

/** What a preview failed by. */
export function faultOf(error: unknown, preview: Preview): Fault {
  if (error instanceof TemplateError && error.problem) {
    const { message, file, line, excerpt } = error.problem;
    return { message, place: { file, line }, excerpt };
  }
  if (!(error instanceof Error)) return { message: String(error), place: preview.place };
  const { name, message, stack } = error;
  if (error instanceof DelayedMailError) return { message, place: preview.place };
  return { message: `${name}: ${message}`, place: applicationPlace(stack) ?? preview.place };
}
