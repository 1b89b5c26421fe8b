import { configureWithin, openApp } from "../../app/current-app.ts";
import { forgetUnusedCalls } from "../../jobs/unused-calls.ts";
import { openSqliteStores } from "../../stores/sqlite/open.ts";
import { MemoryTransport } from "../../transports/memory-transport.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeMailer } from "./fake-mailer.ts";
import { type FakeMailerOptions, fakeEnvironment, fakeSettings } from "./fake-settings.ts";
import { type Fake, releaseSlot, type Slot, takeSlot } from "./fake-slot.ts";
import { Recorder } from "./recorder.ts";
import { sharedRenderer } from "./shared-renderer.ts";

/**
 * Puts this process's application on a store and a transport in memory until it is closed: nothing leaves the process. It has the
 * application's own settings, as far as they say how mails look, and `options` over them.
 * @throws FakeMailerError when a fake mailer is open, or the application is in use already
 * @throws ConfigurationError | InvalidOptionsError when options are unusable
 * @example
 * let mails: FakeMailer;
 * beforeEach(async () => { mails = await fakeMailer(); });
 * afterEach(() => mails.close());
 */
export async function fakeMailer(options: FakeMailerOptions = {}): Promise<FakeMailer> {
  const slot = takeSlot(callerOf(fakeMailer));
  try {
    slot.fake = await openIn(slot, options);
    return slot.fake.mailer;
  } catch (error) {
    await releaseSlot(slot);
    throw error;
  }
}

async function openIn(slot: Slot, options: FakeMailerOptions): Promise<Fake> {
  const { settings, dependencies } = slot.before;
  // One at a time, so that a newsletter's mails are sent in the order of its audience.
  const transport = new MemoryTransport({ connections: 1 });
  const recorder = new Recorder();
  const clock = new FakeClock();
  const { plugins = [], observers = [], ...wanted } = fakeSettings(settings, options, transport);
  configureWithin(
    { ...wanted, plugins: [recorder.plugin, ...plugins], observers: [recorder.observer, ...observers] },
    {
      env: fakeEnvironment(dependencies.env ?? process.env),
      now: clock.now,
      stores: async ({ retention }) =>
        openSqliteStores(":memory:", { retention, now: clock.now, ignoreSessions: true }),
      renderer: sharedRenderer,
    },
  );
  const app = await openApp();
  forgetUnusedCalls();
  const mailer = new FakeMailer({ app, transport, recorder, close: () => releaseSlot(slot) });
  return { mailer, recorder, clock };
}

/** Such as "/shop/test/orders.test.ts:12:19". */
function callerOf(callee: (...args: never[]) => unknown): string {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, callee);
  const frame = holder.stack?.split("\n")[1] ?? "";
  return /\(([^()]+)\)$/.exec(frame)?.[1] ?? frame.replace(/^\s*at (async )?/, "");
}
