import { describe, expect, it } from "vitest";
import { BulkPlaces } from "../../src/delivery/bulk-places.ts";

describe("places for bulk mail", () => {
  it("lets in as many as there are places, and the next when one leaves", async () => {
    const { places, enter, entered } = setup(2);
    const { signal } = new AbortController();
    for (const name of ["a", "b", "c", "d"]) enter(name, signal);
    await settled();
    expect(entered).toEqual(["a", "b"]);

    places.leave();
    await settled();
    expect(entered).toEqual(["a", "b", "c"]);
  });

  it("lets those of the oldest signal in first, also when they come back late", async () => {
    const { places, enter, entered } = setup(1);
    const [first, second] = [new AbortController(), new AbortController()];
    enter("first 1", first.signal);
    enter("second 1", second.signal);
    enter("second 2", second.signal);
    enter("first 2", first.signal);
    await settled();
    places.leave();
    await settled();
    enter("first 3", first.signal);
    for (let turn = 0; turn < 3; turn++) {
      places.leave();
      await settled();
    }

    expect(entered).toEqual(["first 1", "first 2", "first 3", "second 1", "second 2"]);
  });

  it("lets nobody wait whose signal is aborted, and keeps count of the places", async () => {
    const { places, enter, entered } = setup(1);
    const [stopped, other] = [new AbortController(), new AbortController()];
    enter("inside", other.signal);
    enter("stopped", stopped.signal);
    enter("other", other.signal);
    stopped.abort();
    await settled();
    expect(entered).toEqual(["inside", "stopped"]);
    enter("too late", stopped.signal);
    await settled();
    expect(entered).toEqual(["inside", "stopped", "too late"]);

    for (let turn = 0; turn < 3; turn++) places.leave();
    enter("next", other.signal);
    await settled();
    expect(entered).toEqual(["inside", "stopped", "too late", "other"]);
  });
});

function setup(count: number) {
  const places = new BulkPlaces(count);
  const entered: string[] = [];
  const enter = (name: string, signal: AbortSignal) =>
    void (async () => {
      await places.enter(signal);
      entered.push(name);
    })();
  return { places, entered, enter };
}

/** Promises that are resolved have been heard. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}
