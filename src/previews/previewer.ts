import { createHash } from "node:crypto";
import type { Pipeline } from "../delivery/pipeline.ts";
import { StopMail, type TemplateProblem } from "../errors/errors.ts";
import type { Call, Registry } from "../jobs/handler.ts";
import { isMailer } from "../mailers/handler.ts";
import type { Message } from "../mailers/message.ts";
import type { Preview } from "../mailers/preview.ts";
import type { Renderer } from "../rendering/renderer.ts";
import { faultOf, type PreviewResult } from "./showing.ts";

export interface PreviewerOptions {
  readonly renderer: Pick<Renderer, "locales" | "advice">;
  readonly pipeline: Pick<Pipeline, "preview">;
  readonly registry: Registry;
  readonly messageIdDomain: string;
  readonly now?: () => Date;
}

type SampleCall = Pick<Call, "action" | "args" | "params">;

/** Makes the mails of previews, by the road that mails are sent on, up to the transport. */
export class Previewer {
  readonly #options: Required<PreviewerOptions>;

  constructor({ now = () => new Date(), ...options }: PreviewerOptions) {
    this.#options = { now, ...options };
  }

  /**
   * Shows a preview in these languages; without them in the one that its sample says, or else in every language that templates or
   * catalogues are written in. Languages that give the same mail, or come to nothing in the same way, are shown as one.
   * @throws TemplateError when the templates folder cannot be read
   */
  async show(preview: Preview, locales?: readonly string[]): Promise<readonly PreviewResult[]> {
    let call: SampleCall;
    try {
      call = await preview.call();
    } catch (error) {
      return [{ kind: "failed", preview, locales: [], ...faultOf(error, preview) }];
    }
    const date = this.#options.now();
    const showings = new Map<string, PreviewResult>();
    for (const locale of locales ?? (await this.#localesOf(call))) {
      const showing = await this.#showIn(locale, preview, this.#message(preview, call, { locale, date }));
      const same = showings.get(fingerprint(showing));
      showings.set(fingerprint(showing), same ? { ...same, locales: [...same.locales, locale] } : showing);
    }
    return [...showings.values()];
  }

  /** The languages that templates or catalogues are written in, the default first. @throws TemplateError when the folder cannot be read */
  locales(): Promise<readonly string[]> {
    return this.#options.renderer.locales();
  }

  /** What could be better in templates, though nothing is wrong. @throws TemplateError when the folder cannot be read */
  templateAdvice(): Promise<readonly TemplateProblem[]> {
    return this.#options.renderer.advice();
  }

  async #localesOf({ params }: SampleCall): Promise<readonly string[]> {
    return typeof params.locale === "string" ? [params.locale] : this.#options.renderer.locales();
  }

  async #showIn(locale: string, preview: Preview, message: Message): Promise<PreviewResult> {
    try {
      const prepared = await this.#options.pipeline.preview(message);
      return { kind: "shown", preview, locales: [locale], ...prepared };
    } catch (error) {
      if (error instanceof StopMail)
        return { kind: "stopped", preview, locales: [locale], reason: error.reason };
      return { kind: "failed", preview, locales: [locale], ...faultOf(error, preview) };
    }
  }

  #message(
    { mailer, action, scenario }: Preview,
    { args, params }: SampleCall,
    { locale, date }: { readonly locale: string; readonly date: Date },
  ): Message {
    const { registry, messageIdDomain } = this.#options;
    const handler = registry.find(mailer, action);
    if (!isMailer(handler)) throw new Error(`${mailer} is no mailer.`);
    const id = digest(`${mailer} ${action} ${scenario}`).slice(0, 16);
    // The same in every language, so that it can be seen which give the same mail.
    const meta = { messageId: `<preview-${id}@${messageIdDomain}>`, date: date.toISOString() };
    return handler.message({ action, args, params: { ...params, locale }, meta });
  }
}

function fingerprint(showing: PreviewResult): string {
  if (showing.kind === "shown") return digest(showing.eml);
  if (showing.kind === "stopped") return showing.reason;
  const { message, place } = showing;
  return JSON.stringify([message, place]);
}

function digest(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}
