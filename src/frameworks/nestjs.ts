import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  type FactoryProvider,
  Inject,
  type OnApplicationShutdown,
  type Provider,
} from "@nestjs/common";
import { HostedApplication, type HostedOptions } from "./hosted-application.ts";

/** What `mailer()` or `job()` gave. */
export type Injectable = { readonly mailerName: string } | { readonly jobName: string };

export interface DelayedMailerModuleOptions extends HostedOptions {
  /** What can be injected. Workers perform the calls of every one that is imported, named here or not. */
  readonly mailers?: readonly { readonly mailerName: string }[];
  readonly jobs?: readonly { readonly jobName: string }[];
}

export interface DelayedMailerModuleAsyncOptions
  extends Pick<DelayedMailerModuleOptions, "mailers" | "jobs">,
    Pick<DynamicModule, "imports"> {
  readonly inject?: FactoryProvider["inject"];
  /** Gives settings and worker, from what is injected: a `ConfigService` for example. */
  readonly useFactory: (...injected: never[]) => HostedOptions | Promise<HostedOptions>;
}

const OPTIONS = Symbol.for("delayed-mailer/nestjs/options");

/** Opens and closes with Nest's application. For signals, call its `enableShutdownHooks()`. */
class Lifetime implements BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #application: HostedApplication;

  constructor(application: HostedApplication) {
    this.#application = application;
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#application.stopWorking();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#application.close();
  }
}

/**
 * Mailers and jobs for Nest's injection, everywhere in the application, and the life cycle of store, transports and, where it is asked
 * for, a worker.
 * @example @Module({ imports: [DelayedMailerModule.forRoot({ mailers: [UserMailer] })] }) export class AppModule {}
 */
export class DelayedMailerModule {
  static forRoot({ mailers, jobs, ...hosted }: DelayedMailerModuleOptions = {}): DynamicModule {
    return moduleOf({ provide: OPTIONS, useValue: hosted }, [...(mailers ?? []), ...(jobs ?? [])]);
  }

  static forRootAsync(options: DelayedMailerModuleAsyncOptions): DynamicModule {
    const { mailers = [], jobs = [], imports = [], inject = [], useFactory } = options;
    return { ...moduleOf({ provide: OPTIONS, inject, useFactory }, [...mailers, ...jobs]), imports };
  }
}

function moduleOf(options: Provider, injectables: readonly Injectable[]): DynamicModule {
  const injected = injectables.map((each) => ({ provide: tokenOf(each), useValue: each }));
  const lifetime: Provider = {
    provide: Lifetime,
    inject: [OPTIONS],
    useFactory: async (given: HostedOptions) => new Lifetime(await HostedApplication.open(given)),
  };
  return {
    module: DelayedMailerModule,
    global: true,
    providers: [options, lifetime, ...injected],
    exports: injected.map(({ provide }) => provide),
  };
}

/** Under what a mailer or job is provided, for `overrideProvider()` and `get()`. */
export function tokenOf(injectable: Injectable): string {
  return `delayed-mailer:${"mailerName" in injectable ? injectable.mailerName : injectable.jobName}`;
}

/** @example constructor(@InjectMailer(UserMailer) private readonly mails: typeof UserMailer) {} */
export function InjectMailer(mailer: { readonly mailerName: string }): ReturnType<typeof Inject> {
  return Inject(tokenOf(mailer));
}

/** @example constructor(@InjectJob(ResizeImage) private readonly resizing: typeof ResizeImage) {} */
export function InjectJob(job: { readonly jobName: string }): ReturnType<typeof Inject> {
  return Inject(tokenOf(job));
}
