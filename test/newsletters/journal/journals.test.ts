import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type EventMap, Events } from "../../../src/events.ts";
import { bootId } from "../../../src/newsletters/journal/boot.ts";
import { Journals } from "../../../src/newsletters/journal/journals.ts";
import { byteOf } from "../../../src/newsletters/outcome.ts";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function setup() {
  const home = mkdtempSync(join(tmpdir(), "journals-"));
  folders.push(home);
  const folder = join(home, "journal");
  const events = new Events();
  const failed: EventMap["journal.failed"][] = [];
  const setAside: EventMap["journal.set-aside"][] = [];
  events.on("journal.failed", (event) => failed.push(event));
  events.on("journal.set-aside", (event) => setAside.push(event));
  const files = () => (existsSync(folder) ? readdirSync(folder).sort() : []);
  /** Left behind by an attempt at the chunk `b:000000`. */
  const leave = (token: string) => {
    const journal = new Journals({ folder, events }).open("b:000000", token);
    const before = files();
    journal.dot(0);
    journal.reply(0, "sent", 250);
    journal.dot(1);
    journal.close(false);
    const [name = ""] = files().filter((file) => !before.includes(file));
    return join(folder, name);
  };
  return { home, folder, events, failed, setAside, files, leave, journals: new Journals({ folder, events }) };
}

describe("the journal of an attempt", () => {
  it("is a file for its user alone, made with the first mail, and is gone when the store has all of it", () => {
    const { folder, journals, files } = setup();
    const journal = journals.open("b:000000", "t");
    expect(files()).toEqual([]);
    journal.dot(0);
    const [file = ""] = files();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    journal.close(true);
    expect(files()).toEqual([]);
  });

  it("is in the kernel's hands before the call returns", () => {
    const { folder, journals, files } = setup();
    const journal = journals.open("b:000000", "t");
    journal.dot(0);
    const [file = ""] = files();
    const { length } = readFileSync(join(folder, file));
    journal.reply(0, "sent", 250);
    expect(readFileSync(join(folder, file))).toHaveLength(length + 12);
    journal.close(true);
  });

  it("that cannot be written is told of once, and keeps nobody from sending", () => {
    const { home, events, failed } = setup();
    writeFileSync(join(home, "in-the-way"), "");
    const journal = new Journals({ folder: join(home, "in-the-way"), events }).open("b:000000", "t");
    journal.dot(0);
    journal.reply(0, "sent", 250);
    journal.close(true);
    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatchObject({ during: "writing" });
  });
});

describe("what attempts left behind", () => {
  it("is found by chunk, with its token, and removed when it is settled", async () => {
    const { journals, leave, files } = setup();
    leave("one");
    leave("two");
    expect(await journals.left("b:000001")).toEqual([]);
    const left = await journals.left("b:000000");
    expect(left.map(({ header }) => header.token).sort()).toEqual(["one", "two"]);
    expect(left.every(({ isWhole }) => isWhole)).toBe(bootId() !== "");
    await journals.settle(left);
    expect(files()).toEqual([]);
  });

  it("before the machine was started again may lack what came last", async () => {
    const { folder, events, leave } = setup();
    leave("t");
    const [left] = await new Journals({ folder, events, boot: "another" }).left("b:000000");
    expect(left).toMatchObject({ isWhole: false });
    expect(left?.marks.size).toBe(2);
  });

  it("is set aside, and told of once, when it is cut off, foreign or of another version", async () => {
    const { folder, journals, setAside, files, leave } = setup();
    const [headless, foreign, later] = [leave("one"), leave("two"), leave("three")];
    truncateSync(headless, 20);
    writeFileSync(foreign, "something else altogether");
    const bytes = readFileSync(later);
    bytes.writeUInt8(9, 8);
    writeFileSync(later, bytes);
    expect(await journals.left("b:000000")).toEqual([]);
    expect(await journals.left("b:000000")).toEqual([]);
    expect(setAside.map(({ reason }) => reason).sort()).toEqual([
      "it is cut off after 20 bytes",
      "it is no journal",
      "it is of version 9, and this is version 1",
    ]);
    expect(files()).toHaveLength(3);
    expect(setAside.map(({ path }) => path).sort()).toEqual(files().map((file) => join(folder, file)));
  });

  it("is used as far as it is whole when its last record is cut off, and then kept to be looked at", async () => {
    const { journals, setAside, files, leave } = setup();
    const path = leave("t");
    truncateSync(path, statSync(path).size - 5);
    const left = await journals.left("b:000000");
    expect(left[0]?.marks.get(0)).toEqual({ kind: "reply", outcome: byteOf("sent"), code: 250 });
    expect(left[0]?.isWhole).toBe(false);
    await journals.settle(left);
    expect(setAside).toHaveLength(1);
    expect(files()).toEqual([expect.stringMatching(/\.set-aside$/)]);
  });

  it("is nobody's when it was not written for a while and its process is gone", async () => {
    const { journals, leave } = setup();
    const path = leave("t");
    expect(await journals.abandoned(60_000)).toEqual([]);
    const then = Date.now() / 1000 - 120;
    utimesSync(path, then, then);
    // This process lives.
    expect(await journals.abandoned(60_000)).toHaveLength(bootId() === "" ? 1 : 0);
  });

  it("is removed when nobody asked for it in a week", async () => {
    const { folder, journals, files, leave } = setup();
    const path = leave("t");
    closeSync(openSync(join(folder, "notes.txt"), "w"));
    const then = Date.now() / 1000 - 8 * 24 * 3_600;
    utimesSync(path, then, then);
    utimesSync(join(folder, "notes.txt"), then, then);
    await journals.clear();
    expect(files()).toEqual(["notes.txt"]);
  });
});
