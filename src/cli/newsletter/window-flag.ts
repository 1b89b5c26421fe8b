import type { SendingWindow } from "../../jobs/newsletter.ts";
import { UsageError } from "../command.ts";

type Day = NonNullable<SendingWindow["days"]>[number];

const DAYS: readonly Day[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const EXAMPLE = 'such as "mon-fri 09:00-17:00" or "sat,sun 10:00-12:00 Europe/Berlin"';

/** A sending window as it is written on the command line: days, times, time zone; the first and the last may be left out. @throws UsageError */
export function windowFlag(text: string): SendingWindow {
  const [, days, from, to, timeZone] =
    /^(?:([a-z,-]+)\s+)?(\d\d:\d\d)-(\d\d:\d\d)(?:\s+(\S+))?$/i.exec(text.trim()) ?? [];
  if (from === undefined || to === undefined)
    throw new UsageError(`--window takes days, times and a time zone, ${EXAMPLE}, not "${text}".`);
  return {
    from,
    to,
    ...(days !== undefined && { days: days.toLowerCase().split(",").flatMap(daysIn) }),
    ...(timeZone !== undefined && { timeZone }),
  };
}

/** `mon` or `mon-fri`; `sat-mon` goes on over the end of the week. */
function daysIn(part: string): readonly Day[] {
  const [from, to] = part.split("-").map((name) => DAYS.map(String).indexOf(name));
  if (from === undefined || from < 0 || to === -1)
    throw new UsageError(`--window knows the days ${DAYS.join(", ")}, not "${part}"; write it ${EXAMPLE}.`);
  const length = to === undefined ? 1 : ((to - from + DAYS.length) % DAYS.length) + 1;
  return [...DAYS, ...DAYS].slice(from, from + length);
}
