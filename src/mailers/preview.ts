import { InvalidOptionsError } from "../errors/errors.ts";
import { type Call, registry } from "../jobs/handler.ts";
import { applicationPlace, isReloaded, type SourcePlace } from "../jobs/source-place.ts";
import type { Localization } from "../mail/language.ts";
import { shared } from "../shared.ts";
import type { ActionArgs, ActionName, ParamsOf } from "./actions.ts";
import type { MailerFacade } from "./facade.ts";

/**
 * Says what the actions of a mailer are to be shown with: in `mailers/<name>.preview.ts`, which workers do not load.
 * @throws UnknownActionError | InvalidOptionsError
 * @example previews(UserMailer, { welcome: { normal: ["ann@example.com", "Ann"], "no name": ["ann@example.com", ""] } });
 */
export function previews<M>(mailer: MailerFacade<M>, samples: Samples<M>): void {
  const { mailerName } = Object(mailer) as Partial<MailerFacade<M>>;
  if (typeof mailerName !== "string")
    throw new InvalidOptionsError("previews()", ["the first argument is what mailer() gave"]);
  addPreviews(mailerName, Object(samples));
}

/** The arguments an action is shown with, and what `.with({ ... })` would be given. */
export interface SampleCall<M, K extends ActionName<M>> {
  readonly args: Readonly<ActionArgs<M, K>>;
  /** A `locale` here shows the mail in this one, instead of in every language of the application. */
  readonly with: ParamsOf<M> & Localization;
}

type SampleArgs<M, K extends ActionName<M>> = Readonly<ActionArgs<M, K>> | SampleCall<M, K>;

/** Arguments, or a function that makes them each time the mail is shown. */
export type Sample<M, K extends ActionName<M>> =
  | SampleArgs<M, K>
  | (() => SampleArgs<M, K> | Promise<SampleArgs<M, K>>);

/** What to show the actions of a mailer with: for each action, samples by the name of their scenario. */
export type Samples<M> = {
  readonly [K in ActionName<M>]?: { readonly [scenario: string]: Sample<M, K> };
};

/** One scenario of one action. */
export class Preview {
  readonly mailer: string;
  readonly action: string;
  readonly scenario: string;
  /** Where its samples are written. */
  readonly place: SourcePlace | undefined;
  readonly #sample: unknown;

  constructor(call: Pick<Preview, "mailer" | "action" | "scenario" | "place">, sample: unknown) {
    this.mailer = call.mailer;
    this.action = call.action;
    this.scenario = call.scenario;
    this.place = call.place;
    this.#sample = sample;
  }

  /** Makes the sample. @throws InvalidOptionsError when it holds no list of arguments, and what its function throws */
  async call(): Promise<Pick<Call, "action" | "args" | "params">> {
    const { action } = this;
    const sample: unknown = typeof this.#sample === "function" ? await this.#sample() : this.#sample;
    if (Array.isArray(sample)) return { action, args: sample, params: {} };
    const { args, with: params = {} } = Object(sample) as { args?: unknown; with?: unknown };
    if (Array.isArray(args) && typeof params === "object") return { action, args, params: { ...params } };
    throw new InvalidOptionsError(`preview "${this.scenario}" of ${this.mailer}.${action}`, [
      "a sample is the list of the arguments, { with, args }, or a function that gives one of these",
    ]);
  }
}

/** What can be shown, in the order in which it was written down. */
export class PreviewRegistry {
  readonly #previews: Preview[] = [];

  /** @throws InvalidOptionsError when the action has a preview of this name */
  add(preview: Preview): void {
    const { mailer, action, scenario } = preview;
    const known = this.of(mailer, action).find((other) => other.scenario === scenario);
    if (known && isReloaded(known.place, preview.place)) {
      this.#previews[this.#previews.indexOf(known)] = preview;
      return;
    }
    if (known)
      throw new InvalidOptionsError("previews()", [
        `${mailer}.${action} has a preview "${scenario}" already; give this one another name`,
      ]);
    this.#previews.push(preview);
  }

  all(): readonly Preview[] {
    return [...this.#previews];
  }

  of(mailer: string, action: string): readonly Preview[] {
    return this.#previews.filter((preview) => preview.mailer === mailer && preview.action === action);
  }
}

/** What `previews()` and `mailer()` register in: the previews of this process. */
export const previewRegistry = shared("previews", () => new PreviewRegistry());

/**
 * Registers the samples of a mailer, by its name.
 * @throws UnknownActionError | InvalidOptionsError
 */
export function addPreviews(mailer: string, samples: object): void {
  const place = applicationPlace(new Error("shows who calls").stack);
  for (const [action, scenarios] of Object.entries(samples)) {
    const { name } = registry.find(mailer, action);
    if (typeof scenarios !== "object" || scenarios === null || Array.isArray(scenarios))
      throw new InvalidOptionsError("previews()", [
        `${name}.${action} needs samples with names: { normal: [arguments] }`,
      ]);
    for (const [scenario, sample] of Object.entries(scenarios))
      previewRegistry.add(new Preview({ mailer: name, action, scenario, place }, sample));
  }
}
