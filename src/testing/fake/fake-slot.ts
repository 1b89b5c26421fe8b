import { type ConfigSnapshot, close, configSnapshot, isOpen, restoreConfig } from "../../app/current-app.ts";
import type { FakeClock } from "./fake-clock.ts";
import type { FakeMailer } from "./fake-mailer.ts";
import { FakeMailerError } from "./fake-mailer-error.ts";
import type { Recorder } from "./recorder.ts";

/** A fake mailer, with what only the test kit uses of it. */
export interface Fake {
  readonly mailer: FakeMailer;
  readonly recorder: Recorder;
  readonly clock: FakeClock;
}

/** What a fake holds while it is the process's application. */
export interface Slot {
  /** Where `fakeMailer()` was called. */
  readonly openedAt: string;
  /** What the application was before. */
  readonly before: ConfigSnapshot;
  fake?: Fake;
}

/** There is one application in a process, so there is one fake. */
let slot: Slot | undefined;

/** The fake that is open. @throws FakeMailerError */
export function openFake(caller: string): Fake {
  if (slot?.fake) return slot.fake;
  throw new FakeMailerError(
    `${caller}() needs a fake mailer, and none is open. Open one before the code under test runs: ` +
      "beforeEach(async () => { mails = await fakeMailer(); }).",
  );
}

/** The fake that is open, if there is one. */
export function currentFake(): Fake | undefined {
  return slot?.fake;
}

/** Claims the process's application. @throws FakeMailerError when it is another fake's, or in use */
export function takeSlot(openedAt: string): Slot {
  // Somebody closed the application itself, with close().
  if (slot?.fake && !isOpen()) letGo(slot);
  if (slot) throw new FakeMailerError(`${ALREADY_OPEN} It was opened at ${slot.openedAt}.`);
  if (isOpen()) throw new FakeMailerError(IN_USE);
  slot = { openedAt, before: configSnapshot() };
  return slot;
}

/** Closes the application, and makes it what it was before. */
export async function releaseSlot(mine: Slot): Promise<void> {
  if (slot !== mine) return;
  try {
    // What was not awaited may have opened it again meanwhile.
    while (isOpen()) await close();
  } finally {
    letGo(mine);
  }
}

/** Two calls of close() let go once. */
function letGo(mine: Slot): void {
  if (slot !== mine) return;
  slot = undefined;
  restoreConfig(mine.before);
}

const ALREADY_OPEN =
  "A fake mailer is open already, and a process has one application: close it, and wait for that, before the next " +
  "(afterEach(() => mails.close())), and do not let tests of mails run at the same time in one process.";

const IN_USE =
  "The application is in use: a mail or a job was made before fakeMailer() was called. Call fakeMailer() first, or await close() before it.";
