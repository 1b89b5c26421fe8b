import type { MailRequest } from "../mail/callbacks.ts";
import type { Delivery, RenderedMail } from "../mail/mail.ts";
import { shared } from "../shared.ts";
import type { BatchLibrary } from "./batch.ts";
import type { DelayOptions } from "./delay-options.ts";
import type { DelayableCall } from "./delayable-call.ts";
import type { Job } from "./job.ts";
import type { JobStore } from "./job-store.ts";
import { loadCurrentApp } from "./load-application.ts";
import type { Newsletter, NewsletterLibrary, NewsletterRequest } from "./newsletter.ts";

/** A call on its way into the store. */
export interface EnqueueRequest {
  readonly call: DelayableCall;
  readonly options: DelayOptions;
}

/** What mailers, messages, plain jobs and stored jobs need of the application of their process. */
export interface Application {
  /** Where jobs are looked up and acted on. */
  readonly store: JobStore;
  render(message: MailRequest): Promise<RenderedMail>;
  deliver(message: MailRequest): Promise<Delivery>;
  /** All in one write; answers in the order given. */
  post(requests: readonly EnqueueRequest[]): Promise<readonly Job[]>;
  /** Performs a call here and now, hooks included, with one attempt. @returns its result @throws what it throws */
  performNow(call: DelayableCall): Promise<unknown>;
  /** Plans a newsletter; resolves when its audience is read. */
  broadcast(request: NewsletterRequest): Promise<Newsletter>;
  openNewsletters(): Promise<NewsletterLibrary>;
  openBatches(): Promise<BatchLibrary>;
}

/** Shared by all copies of the library in the process, because a mailer may have been made by another copy than the worker. */
const slot = shared("application", (): { current?: Promise<Application> | undefined } => ({}));

/** Makes this the application of the process; undefined when it is closed. */
export function connect(application: Promise<Application> | undefined): void {
  slot.current = application;
}

/**
 * The application of the process. The first call opens it with what `configure()` was given.
 * @throws ConfigurationError | StoreError
 */
export async function application(): Promise<Application> {
  return slot.current ?? (await loadCurrentApp()).openClient();
}
