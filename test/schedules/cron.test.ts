import { describe, expect, it } from "vitest";
import { InvalidOptionsError } from "../../src/errors/errors.ts";
import { CronTimes } from "../../src/schedules/cron.ts";

function times(cron: string, timeZone: string, after: string, count: number): readonly string[] {
  const cronTimes = new CronTimes("test", cron, timeZone);
  const found: string[] = [];
  for (let time = cronTimes.next(new Date(after)); time && found.length < count; time = cronTimes.next(time))
    found.push(time.toISOString().slice(0, 16));
  return found;
}

describe("the times of a cron expression", () => {
  it("are those of its time zone", () => {
    expect(times("0 9 * * MON", "Europe/Berlin", "2026-11-24T00:00:00Z", 2)).toEqual([
      "2026-11-30T08:00",
      "2026-12-07T08:00",
    ]);
    expect(times("0 9 * * MON", "Asia/Kolkata", "2026-11-24T00:00:00Z", 1)).toEqual(["2026-11-30T03:30"]);
  });

  it.each([
    ["Europe/Berlin", "30 2 * * *", "2026-03-28T12:00:00Z", ["2026-03-29T01:00", "2026-03-30T00:30"]],
    ["America/New_York", "0 2 * * *", "2026-03-07T12:00:00Z", ["2026-03-08T07:00", "2026-03-09T06:00"]],
    ["America/Santiago", "0 0 * * *", "2026-09-05T12:00:00Z", ["2026-09-06T04:00", "2026-09-07T03:00"]],
    ["Australia/Lord_Howe", "15 2 * * *", "2026-10-03T00:00:00Z", ["2026-10-03T15:30", "2026-10-04T15:15"]],
  ])(
    "that clocks jump over come at the first instant after, in %s (fault 40)",
    (zone, cron, after, expected) => {
      expect(times(cron, zone, after, 2)).toEqual(expected);
    },
  );

  it.each([
    ["Europe/Berlin", "30 2 * * *", "2026-10-24T12:00:00Z", ["2026-10-25T00:30", "2026-10-26T01:30"]],
    ["America/New_York", "30 1 * * *", "2026-10-31T12:00:00Z", ["2026-11-01T05:30", "2026-11-02T06:30"]],
  ])("that come twice come at the first of the two, in %s (fault 40)", (zone, cron, after, expected) => {
    expect(times(cron, zone, after, 2)).toEqual(expected);
  });

  it("that come every hour come in each real one, also on these days", () => {
    expect(times("0 * * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", 3)).toEqual([
      "2026-10-25T00:00",
      "2026-10-25T01:00",
      "2026-10-25T02:00",
    ]);
    expect(times("0 * * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", 2)).toEqual([
      "2026-03-29T01:00",
      "2026-03-29T02:00",
    ]);
  });

  it("are all listed between two", () => {
    const cron = new CronTimes("test", "*/20 * * * *", "UTC");
    const [from, until] = [new Date("2026-01-01T00:00:00Z"), new Date("2026-01-01T01:00:00Z")];
    expect([...cron.between(from, until)].map((time) => time.toISOString().slice(11, 16))).toEqual([
      "00:20",
      "00:40",
      "01:00",
    ]);
  });

  it.each([
    ["nonsense", "UTC", "invalid configuration format"],
    ["61 * * * *", "UTC", "61"],
    ["0 9 * * MON", "Mars/Olympus", "Mars/Olympus"],
    ["0 0 30 2 *", "UTC", "never comes"],
  ])("cannot be had from %j in %s", (cron, zone, message) => {
    expect(() => new CronTimes("schedule", cron, zone)).toThrow(InvalidOptionsError);
    expect(() => new CronTimes("schedule", cron, zone)).toThrow(message);
  });

  it.each([
    ["Europe/Berln", "did you mean Europe/Berlin?"],
    ["Berlin", 'it is an IANA name, such as "Europe/Berlin"'],
  ])("in no time zone are refused in our words: %s", (zone, hint) => {
    const making = () => new CronTimes('schedule "weekly"', "0 9 * * *", zone);
    expect(making).toThrow(InvalidOptionsError);
    expect(making).toThrow(`schedule "weekly": timeZone: there is no time zone "${zone}"`);
    expect(making).toThrow(hint);
  });

  it("of no expression are refused, with the expression", () => {
    expect(() => new CronTimes('schedule "weekly"', "0 25 * * *", "UTC")).toThrow(
      /^schedule "weekly": the cron expression "0 25 \* \* \*" cannot be used: /,
    );
  });
});
