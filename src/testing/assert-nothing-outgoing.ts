import { check } from "./expected/check.ts";
import { judgeNothingOutgoing } from "./expected/judge-outbox.ts";
import { openFake } from "./fake/fake-slot.ts";

/** No mail was sent, and none waits in the queue. @throws AssertionError which lists what was sent and what waits */
export function assertNothingOutgoing(): void {
  check(judgeNothingOutgoing(openFake("assertNothingOutgoing").mailer), {
    wanted: true,
    caller: assertNothingOutgoing,
  });
}
