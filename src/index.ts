// Everything that is public, and nothing else is.

export { close, configure, erase, openApp } from "./app/current-app.ts";
export { type LogOptions, logEvents } from "./app/log.ts";
export { App } from "./app/open-app.ts";
export { runWorker } from "./cli/worker/lazy-worker.ts";
export type { Config } from "./config/resolve-config.ts";
export type { LogLevel, Settings } from "./config/settings.ts";
export { DeliveryError } from "./delivery/delivery-error.ts";
export type { AskUnknown, OnUnknownOutcome, UnknownMail, UnknownPolicy } from "./delivery/verdict.ts";
export type { RecordGonePolicy } from "./errors/error-meaning.ts";
export {
  AttachmentError,
  BatchStateError,
  BeingPlannedError,
  ConfigurationError,
  DelayedMailError,
  DkimError,
  DuplicateKeyError,
  EraseIncompleteError,
  InvalidArgumentsError,
  InvalidMailError,
  InvalidOptionsError,
  JobStateError,
  MessageAlreadyBuiltError,
  NamelessMailerError,
  NameTakenError,
  NewerFormatError,
  NotAMailActionError,
  PayloadTooLargeError,
  PermanentFailure,
  PlanningError,
  type PlanningStop,
  RecordGoneError,
  RecordNotSavedError,
  ResultTooLargeError,
  RetryLater,
  type RetryLaterOptions,
  RunTimeError,
  SealedPayloadError,
  StopMail,
  StoreError,
  StoreGoneError,
  TemplateError,
  type TemplateProblem,
  UnknownActionError,
  UnknownTransportError,
  UnstorableValueError,
  WorkerStuckError,
  WrongRecordError,
} from "./errors/errors.ts";
export { type EventMap, type EventName, Events } from "./events.ts";
export { type BackoffOptions, backoffSteps, quarticBackoff } from "./jobs/backoff.ts";
export { Batch, type BatchOptions, type BatchProgress, type BatchState, batch } from "./jobs/batch.ts";
export type { DelayOptions, Duration } from "./jobs/delay-options.ts";
export type { DelayableCall } from "./jobs/delayable-call.ts";
export { delayAll } from "./jobs/delayable-call.ts";
export type {
  Attempt,
  Backoff,
  BoundCall,
  Call,
  FailedAttempt,
  HandlerSettings,
  JobHandler,
} from "./jobs/handler.ts";
export type { EnqueueChanges, JobHooks } from "./jobs/hooks.ts";
export { Job, JobQuery } from "./jobs/job.ts";
export {
  type Checkpoint,
  type JobContext,
  type JobLog,
  jobContext,
  type LogFields,
} from "./jobs/job-context.ts";
export type { JobLimit, LimitOptions, LimitSetting } from "./jobs/job-limit.ts";
export type {
  AttemptError,
  JobFilter,
  JobProgress,
  JobRecord,
  JobState,
  NewerJobs,
  NewJob,
  OverdueJobs,
  QueueStatus,
  WaitingJobs,
} from "./jobs/job-record.ts";
export type { ClaimOrder, JobStore } from "./jobs/job-store.ts";
export {
  type Audience,
  Newsletter,
  type NewsletterFailure,
  type NewsletterOptions,
  type NewsletterOutcome,
  type NewsletterOutcomesOptions,
  type NewsletterProgress,
  type NewsletterRetryOptions,
  type NewsletterState,
  type NewsletterTrouble,
  type NewsletterWait,
  type RehearsalOptions,
  type RehearsalReport,
  type SendingWindow,
} from "./jobs/newsletter.ts";
export { Queue } from "./jobs/queue.ts";
export type { BodyRenderer, BodyRequest, RenderedBody } from "./mail/body-renderer.ts";
export {
  type Interceptor,
  type MailCall,
  type MailCallbacks,
  type MailChanges,
  type MailDraft,
  type Observer,
  type OutgoingMail,
  type Rescue,
  rescueFrom,
  type SentMail,
} from "./mail/callbacks.ts";
export type {
  AttachedFile,
  Attachment,
  Calendar,
  ContentAttachment,
  FileAttachment,
  KnownHeader,
  MailContent,
  MailHeaders,
  MailingList,
} from "./mail/content.ts";
export type { Localization } from "./mail/language.ts";
export type {
  Address,
  Addresses,
  Delivery,
  Mailbox,
  MailDefaults,
  MailSpec,
  RenderedMail,
} from "./mail/mail.ts";
export {
  type ArgSchemas,
  type ArgUpcasts,
  type MailerFacade,
  type MailerOptions,
  mailer,
} from "./mailers/facade.ts";
export { type Draft, Mailer } from "./mailers/mailer.ts";
export { deliverAllLater, Message } from "./mailers/message.ts";
export type { Sample, SampleCall, Samples } from "./mailers/preview.ts";
export { previews } from "./mailers/preview.ts";
export type { Signer } from "./mime/signer.ts";
export { type JobClass, type JobClassOptions, type JobFacade, job } from "./plain-jobs/job.ts";
export { JobCall } from "./plain-jobs/job-call.ts";
export type { JobDefinition, JobMembers, JobOptions } from "./plain-jobs/job-definition.ts";
export type { Erased } from "./privacy/erase.ts";
export type { ErasedJobs } from "./privacy/erase-jobs.ts";
export type { ErasedRecipients } from "./privacy/erase-recipients.ts";
export type { EncryptionKey } from "./privacy/keyring.ts";
export {
  type Attempted,
  type Carry,
  Lifecycle,
  type LifecycleEvent,
  type LifecycleEvents,
  type LifecycleResults,
  type Plugin,
  type SendingMail,
} from "./queue/lifecycle.ts";
export type { Worker } from "./queue/worker/worker.ts";
export type { WorkerOptions } from "./queue/worker/worker-options.ts";
export { type Delayable, delayable, type RecordOptions } from "./records/delayable.ts";
export type { DelayedMethods, MethodCalls } from "./records/delayed-methods.ts";
export type { Locator } from "./records/locator.ts";
export {
  type Helper,
  type HelperCall,
  type HelperOptions,
  helper,
  type PartFormat,
} from "./rendering/helpers/helper.ts";
export { type AtTick, type ScheduleOptions, schedule, type Tick } from "./schedules/schedule.ts";
export { type MemoryMail, MemoryTransport } from "./transports/memory-transport.ts";
export type { ProviderOf } from "./transports/providers/provider-directory.ts";
export { type StreamOptions, StreamTransport } from "./transports/stream-transport.ts";
export type { Outcome, OutcomeClass, Refusal, SendOptions, Transport } from "./transports/transport.ts";
export type { ProviderSettings, TransportSettings, WarmUpSettings } from "./transports/transport-settings.ts";
