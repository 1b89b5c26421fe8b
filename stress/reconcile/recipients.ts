import type { RecipientOutcome } from "../../src/newsletters/outcome.ts";
import type { RowKind } from "../newsletters/issue.ts";
import { brokenOf } from "./broken-recipients.ts";
import { cutOffAfter } from "./copies.ts";
import type { Promised } from "./promise.ts";

/** How a recipient may end who does not get it, by what is wrong with him. */
const ENDINGS: Partial<Record<RowKind, readonly RecipientOutcome[]>> = {
  refused: ["rejected"],
  bad: ["failed", "invalid"],
};

const OPEN: readonly (RecipientOutcome | undefined)[] = ["pending", "attempted", "deferred"];

/** Everybody in the audience gets it: nobody is told to have got it who did not, and nobody is forgotten. */
export const noneSkipped: Promised = {
  name: "recipients skipped",
  broken: ({ newsletters }) =>
    brokenOf(newsletters, ({ outcome, copies }, { isPlanned, state }) => {
      if (outcome === "sent" && copies.length === 0)
        return "It is recorded as sent, and the mail server never got it.";
      if (outcome === undefined && isPlanned && state !== "cancelled")
        return "The newsletter is planned, and nobody knows this recipient.";
      return undefined;
    }),
};

/** When everything works again, everybody comes to an end. */
export const noneLeftPending: Promised = {
  name: "recipients left pending",
  broken: ({ newsletters }) =>
    brokenOf(newsletters, ({ outcome }, { state }) =>
      outcome !== undefined && OPEN.includes(outcome) && state !== "cancelled"
        ? `The outcome is ${outcome}.`
        : undefined,
    ),
};

/** A recipient without a mail has something wrong with him. Those who lost a process again and again there are none of here. */
export const noneLeftOut: Promised = {
  name: "recipients left out though nothing is wrong with them",
  broken: ({ newsletters }) =>
    brokenOf(newsletters, ({ outcome, copies, kind = "good" }) => {
      if (outcome === undefined || outcome === "sent" || OPEN.includes(outcome) || copies.length > 0)
        return undefined;
      return ENDINGS[kind]?.includes(outcome)
        ? undefined
        : `The outcome is ${outcome}, and the mail server never got it.`;
    }),
};

/** What was taken is known to be taken, unless the one who sent it was cut off. */
export const noneUnrecorded: Promised = {
  name: "recipients who got it, and whose outcome says that they did not",
  broken: (history) =>
    brokenOf(history.newsletters, (recipient, { state }) => {
      const { outcome, copies } = recipient;
      const last = copies.at(-1);
      if (last === undefined || outcome === "sent" || outcome === "unknown") return undefined;
      // Those who are left pending are told of elsewhere.
      if (OPEN.includes(outcome) && state !== "cancelled") return undefined;
      const isCutOff = cutOffAfter(last, recipient, history) !== undefined;
      return isCutOff ? undefined : `The outcome is ${outcome}, and the mail server took ${copies.length}.`;
    }),
};

export const nonePlannedTwice: Promised = {
  name: "recipients planned twice",
  broken: ({ newsletters }) =>
    brokenOf(newsletters, ({ chunks }) =>
      chunks.length > 1 ? `The chunks are ${chunks.join(", ")}.` : undefined,
    ),
};

/** A newsletter that was planned comes to an end, and says so. */
export const noneUnfinished: Promised = {
  name: "newsletters that do not end",
  broken: ({ newsletters }) =>
    newsletters
      .filter(({ isPlanned, state }) => isPlanned && state !== "finished" && state !== "cancelled")
      .map(({ key, state = "not there" }) => ({ why: `The newsletter ${key} is planned, and is ${state}.` })),
};
