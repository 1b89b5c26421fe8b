import type { App } from "../../src/app/app.ts";
import type { MailCallbacks, Rescue } from "../../src/mail/callbacks.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";

export const TEMPLATES = { "welcome.text.hbs": "Hello {{name}}" };

let mailers = 0;

export interface Rules {
  readonly callbacks?: MailCallbacks;
  readonly rescues?: readonly Rescue[];
  /** Runs inside the action. */
  readonly inAction?: () => void;
}

/** A mailer with these rules, below a parent with those. */
export function aMailer({ callbacks = {}, rescues = [], inAction }: Rules, parent: Rules = {}) {
  abstract class ApplicationMailer extends Mailer {
    static override callbacks: MailCallbacks = parent.callbacks ?? {};
    static override rescues: readonly Rescue[] = parent.rescues ?? [];
  }
  class WelcomeActions extends ApplicationMailer {
    static override callbacks = callbacks;
    static override rescues = rescues;
    welcome(email: string) {
      inAction?.();
      return this.mail({ to: email, subject: "Hello", template: "welcome", locals: { name: "Ann" } });
    }
  }
  mailers += 1;
  return mailer(WelcomeActions, { name: `WelcomeMailer${mailers}` });
}

export type Way = (app: App, facade: ReturnType<typeof aMailer>, email?: string) => Promise<unknown>;

const ANN = "ann@x.test";

/** The three ways a mail goes out; all of them are the same road. */
export const WAYS: readonly (readonly [name: string, go: Way])[] = [
  ["deliver()", (_app, facade, email = ANN) => facade.welcome(email).deliver()],
  [
    "a worker",
    async (app, facade, email = ANN) => {
      await facade.delay().welcome(email);
      await app.worker().workOff();
    },
  ],
  [
    "a newsletter",
    async (app, facade, email = ANN) => {
      await facade.broadcast([email]).welcome();
      await app.worker().workOff();
    },
  ],
];
