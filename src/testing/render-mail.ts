import { configSnapshot } from "../app/current-app.ts";
import { App } from "../app/open-app.ts";
import { InvalidOptionsError } from "../errors/errors.ts";
import type { RenderedMail } from "../mail/mail.ts";
import { isMessage, Message } from "../mailers/message.ts";
import { MemoryTransport } from "../transports/memory-transport.ts";
import { show } from "./expected/show.ts";
import { type FakeMailerOptions, fakeEnvironment, fakeSettings } from "./fake/fake-settings.ts";
import { currentFake } from "./fake/fake-slot.ts";
import { sharedRenderer } from "./fake/shared-renderer.ts";

/** What would be another one each time. */
const META = { messageId: "<rendered@example.com>", date: "2026-01-01T00:00:00.000Z" };

/**
 * The finished mail, for snapshots: the same each time, its Message-ID and date too. Nothing is sent.
 *
 * It is made by the fake mailer that is open. Without one, or with settings, it is made by an application for this mail alone, which
 * has the application's own settings as a fake mailer has them.
 * @throws what `message.render()` throws
 * @example expect(await renderMail(UserMailer.welcome("ann@example.com", "Ann"))).toMatchSnapshot();
 */
export async function renderMail(message: Message, settings?: FakeMailerOptions): Promise<RenderedMail> {
  if (!isMessage(message))
    throw new InvalidOptionsError("renderMail", [
      `it takes a message, such as UserMailer.welcome("ann@example.com"), and was given ${show(message)}`,
    ]);
  const stable = new Message({ ...message, draft: () => message.draft(), meta: META });
  const fake = currentFake();
  if (fake && settings === undefined) return fake.mailer.app.render(stable);
  const app = await openAlone(settings);
  try {
    return await app.render(stable);
  } finally {
    await app.close();
  }
}

function openAlone(options: FakeMailerOptions = {}): Promise<App> {
  const { settings, dependencies } = configSnapshot();
  const env = fakeEnvironment(dependencies.env ?? process.env);
  return App.open(fakeSettings(settings, options, new MemoryTransport()), { env, renderer: sharedRenderer });
}
