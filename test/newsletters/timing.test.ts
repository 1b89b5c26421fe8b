import { describe, expect, it } from "vitest";
import { instantOf, isTime } from "../../src/newsletters/timing/clock-time.ts";
import { openingAt } from "../../src/newsletters/timing/sending-window.ts";
import { turnAt } from "../../src/newsletters/timing/timing.ts";

const BERLIN = "Europe/Berlin";
const at = (text: string) => Date.parse(text);
const shown = (opening: { from: number; to: number } | undefined) =>
  opening && [opening.from, opening.to].map((time) => new Date(time).toISOString().slice(0, 16));

describe("a sending window", () => {
  const OFFICE = { days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00", to: "17:00" } as const;

  it.each([
    ["open", "2026-12-01T10:00Z", ["2026-12-01T08:00", "2026-12-01T16:00"]],
    ["before it opens", "2026-12-01T06:00Z", ["2026-12-01T08:00", "2026-12-01T16:00"]],
    ["at its first instant", "2026-12-01T08:00Z", ["2026-12-01T08:00", "2026-12-01T16:00"]],
    ["at its end", "2026-12-01T16:00Z", ["2026-12-02T08:00", "2026-12-02T16:00"]],
    ["on a day that is not its", "2026-12-05T10:00Z", ["2026-12-07T08:00", "2026-12-07T16:00"]],
  ])("%s", (_, now, opening) => {
    expect(shown(openingAt([OFFICE], at(now), BERLIN))).toEqual(opening);
  });

  it("is where the recipient is, unless it says where it is itself", () => {
    expect(shown(openingAt([OFFICE], at("2026-12-01T10:00Z"), "America/New_York"))).toEqual([
      ...["2026-12-01T14:00", "2026-12-01T22:00"],
    ]);
    const fixed = { ...OFFICE, timeZone: "Asia/Tokyo" };
    expect(shown(openingAt([fixed], at("2026-12-01T10:00Z"), "America/New_York"))).toEqual([
      ...["2026-12-02T00:00", "2026-12-02T08:00"],
    ]);
  });

  it("goes on over midnight, as that of the day on which it began", () => {
    const night = { days: ["fri"], from: "22:00", to: "02:00" } as const;
    expect(shown(openingAt([night], at("2026-12-04T23:30Z"), "UTC"))).toEqual([
      ...["2026-12-04T22:00", "2026-12-05T02:00"],
    ]);
    expect(shown(openingAt([night], at("2026-12-05T02:00Z"), "UTC"))).toEqual([
      ...["2026-12-11T22:00", "2026-12-12T02:00"],
    ]);
  });

  it("is one with those that it touches, and the first of several counts", () => {
    const windows = [
      { from: "12:00", to: "14:00" },
      { from: "09:00", to: "12:00" },
      { from: "20:00", to: "24:00" },
    ];
    expect(shown(openingAt(windows, at("2026-12-01T00:00Z"), "UTC"))).toEqual([
      ...["2026-12-01T09:00", "2026-12-01T14:00"],
    ]);
    expect(shown(openingAt(windows, at("2026-12-01T15:00Z"), "UTC"))).toEqual([
      ...["2026-12-01T20:00", "2026-12-02T00:00"],
    ]);
  });

  describe("on the day on which clocks go forward (29 March 2026 in Berlin, 02:00 to 03:00)", () => {
    const next = (from: string, to: string) =>
      shown(openingAt([{ from, to }], at("2026-03-28T23:00Z"), BERLIN));

    it("is as long as clocks show it around the gap, which is an hour less", () => {
      expect(next("01:00", "04:00")).toEqual(["2026-03-29T00:00", "2026-03-29T02:00"]);
      expect(next("09:00", "17:00")).toEqual(["2026-03-29T07:00", "2026-03-29T15:00"]);
    });

    it("opens and closes with the first instant after the gap where its time is in it", () => {
      expect(next("02:30", "04:00")).toEqual(["2026-03-29T01:00", "2026-03-29T02:00"]);
      expect(next("01:00", "02:30")).toEqual(["2026-03-29T00:00", "2026-03-29T01:00"]);
    });

    it("is left out where the gap swallows it", () => {
      const window = { from: "02:10", to: "02:50" };
      expect(shown(openingAt([window], at("2026-03-28T23:00Z"), BERLIN))).toEqual([
        ...["2026-03-30T00:10", "2026-03-30T00:50"],
      ]);
      expect(shown(openingAt([{ ...window, days: ["sun"] }], at("2026-03-28T23:00Z"), BERLIN))).toEqual([
        ...["2026-04-05T00:10", "2026-04-05T00:50"],
      ]);
    });
  });

  describe("on the day on which clocks go back (25 October 2026 in Berlin, 03:00 to 02:00)", () => {
    const next = (from: string, to: string, now = "2026-10-24T22:00Z") =>
      shown(openingAt([{ from, to }], at(now), BERLIN));

    it("opens and closes at the first of the times that come twice", () => {
      expect(next("02:30", "04:00")).toEqual(["2026-10-25T00:30", "2026-10-25T03:00"]);
      expect(next("01:00", "02:30")).toEqual(["2026-10-24T23:00", "2026-10-25T00:30"]);
      expect(next("01:00", "02:30", "2026-10-25T01:10Z")).toEqual(["2026-10-26T00:00", "2026-10-26T01:30"]);
    });

    it("is an hour longer where the hour that comes twice is in it", () => {
      expect(next("01:00", "04:00")).toEqual(["2026-10-24T23:00", "2026-10-25T03:00"]);
    });
  });
});

describe("a time as it is written", () => {
  it.each([
    ["2026-12-01T09:00", "2026-12-01T14:00Z"],
    ["2026-12-01 09:00", "2026-12-01T14:00Z"],
    ["2026-12-01", "2026-12-01T05:00Z"],
    ["2026-12-01T09:00Z", "2026-12-01T09:00Z"],
    ["2026-12-01 09:00z", "2026-12-01T09:00Z"],
    ["2026-12-01T09:00+01:00", "2026-12-01T08:00Z"],
    ["2026-12-01T09:00+0100", "2026-12-01T08:00Z"],
    ["2026-12-01T09:00+01", "2026-12-01T08:00Z"],
    ["2026-12-01T09:00-08", "2026-12-01T17:00Z"],
    ["2026-12-01T09:00+01:00:00", "2026-12-01T08:00Z"],
    ["2026-12-01T09:00+01:00[Europe/Berlin]", "2026-12-01T08:00Z"],
    ["2026-12-01T09:00[Europe/Berlin]", "2026-12-01T08:00Z"],
    ["2026-12-01T08:00Z[Europe/Berlin]", "2026-12-01T08:00Z"],
  ])("%s is %s for somebody in New York", (text, instant) => {
    expect(instantOf(text, "America/New_York")).toBe(at(instant));
  });

  it("is the first instant after the gap in a zone that it names, too", () => {
    expect(instantOf("2026-03-29T02:30[Europe/Berlin]", "UTC")).toBe(at("2026-03-29T01:00Z"));
  });

  it.each(["2026-12-01T09:00+05:00[Europe/Berlin]", "2026-12-01T09:00[Nowhere/At_All]", "tomorrow", "09:00"])(
    "%s is none",
    (text) => {
      expect(isTime(text)).toBe(false);
    },
  );
});

describe("the turn of a chunk", () => {
  const later = (reason: string, from: string) => ({ kind: "later", reason, from: at(from) });

  it("is always where nothing is said", () => {
    expect(turnAt(undefined, undefined, 0)).toEqual({ kind: "open" });
  });

  it("comes at an instant, the same for everybody, or when clocks show a time where each one is", () => {
    const now = at("2026-11-30T12:00Z");
    const instant = { at: "2026-12-01T08:00:00.000Z", timeZone: "UTC" };
    expect(turnAt(instant, "Asia/Tokyo", now)).toEqual(later("its time has not come", "2026-12-01T08:00Z"));
    const clock = { at: "2026-12-01T09:00", timeZone: BERLIN };
    for (const [zone, from] of [
      [undefined, "2026-12-01T08:00Z"],
      ["Asia/Tokyo", "2026-12-01T00:00Z"],
      ["America/New_York", "2026-12-01T14:00Z"],
      ["Pacific/Kiritimati", "2026-11-30T19:00Z"],
      ["Pacific/Pago_Pago", "2026-12-01T20:00Z"],
    ] as const)
      expect(turnAt(clock, zone, now)).toEqual(later("its time has not come", from));
    expect(turnAt(clock, "Asia/Tokyo", at("2026-12-01T00:00Z"))).toEqual({ kind: "open" });
  });

  it("lasts until a window closes, and comes again when one opens", () => {
    const timing = { windows: [{ from: "09:00", to: "17:00" }], timeZone: "UTC" };
    expect(turnAt(timing, undefined, at("2026-12-01T10:00Z"))).toEqual({
      kind: "open",
      until: at("2026-12-01T17:00Z"),
    });
    expect(turnAt(timing, undefined, at("2026-12-01T17:00Z"))).toEqual(
      later("its sending window is closed", "2026-12-02T09:00Z"),
    );
  });

  it("is over when it is to stop, wherever the recipient is, also while a window is closed", () => {
    const timing = { stopBy: "2026-12-01T20:00", windows: [{ from: "09:00", to: "17:00" }], timeZone: "UTC" };
    expect(turnAt(timing, undefined, at("2026-12-01T18:00Z"))).toEqual(
      later("its sending window is closed", "2026-12-01T20:00Z"),
    );
    expect(turnAt(timing, undefined, at("2026-12-01T20:00Z"))).toEqual({ kind: "over" });
    expect(turnAt(timing, "America/New_York", at("2026-12-01T21:00Z"))).toEqual({
      kind: "open",
      until: at("2026-12-01T22:00Z"),
    });
  });

  it("waits for a window after its time", () => {
    const timing = { at: "2026-12-01T19:00", windows: [{ from: "09:00", to: "17:00" }], timeZone: "UTC" };
    expect(turnAt(timing, undefined, at("2026-12-01T10:00Z"))).toEqual(
      later("its sending window is closed", "2026-12-02T09:00Z"),
    );
  });
});
