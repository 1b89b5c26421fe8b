import type { CallHistory, History } from "./history.ts";
import type { Broken, Promised } from "./promise.ts";

/** A mail whose job is done was taken by the mail server. */
export const noMailMissing: Promised = {
  name: "mails missing though their jobs are done",
  broken: (history) =>
    mailsOf(history)
      .filter(({ settled, mails }) => mails.length === 0 && settled.some(({ what }) => what === "done"))
      .map(({ call }): Broken => ({ call, why: "The mail server never got it." })),
};

/** Each copy beyond the first needs a run that was cut off after the server had taken the mail. */
export const noMailTooOften: Promised = {
  name: "mails sent again though no run was cut off",
  broken: (history) =>
    mailsOf(history)
      .filter((call) => call.mails.length > 1 + cutOff(call, history))
      .map(({ call, mails }): Broken => ({ call, why: `The mail server got it ${mails.length} times.` })),
};

/** Mails that the server took more than once. */
export function repeatedMails(history: History): number {
  return mailsOf(history).filter(({ mails }) => mails.length > 1).length;
}

function mailsOf({ calls }: History): readonly CallHistory[] {
  return [...calls.values()].filter(({ asked }) => asked.kind === "mail");
}

/** How many runs died, lost their job, or were told to stop, so that nobody can tell what the server made of their mail. */
function cutOff({ runs }: CallHistory, { deaths }: History): number {
  return runs.filter(
    ({ pid, lostAt, ended, settled }) =>
      lostAt !== undefined || (deaths.has(pid) && settled.length === 0) || ended?.well === false,
  ).length;
}
