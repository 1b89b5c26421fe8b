import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { watchFolders } from "../../src/web/dev/watch-folders.ts";
import { eventually } from "../support/eventually.ts";

async function setup({ passesOver }: { readonly passesOver?: RegExp } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-watched-"));
  const inFolder = (path: string) => join(folder, path);
  mkdirSync(inFolder("a"));
  writeFileSync(inFolder("a/x.txt"), "1");
  let changes = 0;
  const watched = [inFolder("a"), inFolder("later")];
  const stop = await watchFolders(
    watched,
    () => (changes += 1),
    passesOver === undefined ? {} : { passesOver },
  );
  onTestFinished(() => {
    stop();
    rmSync(folder, { recursive: true, force: true });
  });
  /** Does something and waits until it is told of. */
  const told = async (what: string, change: () => void) => {
    const before = changes;
    change();
    await eventually(what, () => changes > before);
  };
  return { inFolder, told, changes: () => changes };
}

it("tells of each file that an editor saves by renaming another over it", async () => {
  const { inFolder, told } = await setup();
  for (let save = 0; save < 4; save++)
    await told(`save ${save}`, () => {
      writeFileSync(inFolder("a/.x.swp"), `saved ${save}`);
      renameSync(inFolder("a/.x.swp"), inFolder("a/x.txt"));
    });
  await told("a plain save after them", () => writeFileSync(inFolder("a/x.txt"), "plain"));
  await told("one that keeps the old file aside", () => {
    renameSync(inFolder("a/x.txt"), inFolder("a/x.txt~"));
    writeFileSync(inFolder("a/x.txt"), "new");
    rmSync(inFolder("a/x.txt~"));
  });
});

it("tells of what is in folders that come, go and come again, also of one that was not there at first", async () => {
  const { inFolder, told } = await setup();
  await told("a folder in it", () => mkdirSync(inFolder("a/b")));
  await told("a file in that", () => writeFileSync(inFolder("a/b/y.txt"), "1"));
  await told("it goes", () => rmSync(inFolder("a/b"), { recursive: true }));
  await told("it comes again", () => mkdirSync(inFolder("a/b")));
  await told("and its file", () => writeFileSync(inFolder("a/b/y.txt"), "2"));
  await told("another folder", () => mkdirSync(inFolder("later")));
  await told("a file in the other", () => writeFileSync(inFolder("later/z.txt"), "1"));
});

it("tells of several changes at once, and of none that does not count", async () => {
  const { inFolder, told, changes } = await setup({ passesOver: /\.preview\.txt$/ });
  await told("several", () => {
    for (let file = 0; file < 20; file++) writeFileSync(inFolder(`a/${file}.txt`), "1");
  });
  const before = changes();
  expect(before).toBeLessThan(20);
  writeFileSync(inFolder("a/x.preview.txt"), "1");
  await told("one that counts", () => writeFileSync(inFolder("a/y.txt"), "1"));
  expect(changes()).toBe(before + 1);
});

it("follows a folder that is within a package, and no packages within it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-watched-"));
  const within = join(folder, "node_modules/shop/templates");
  mkdirSync(join(within, "node_modules"), { recursive: true });
  let changes = 0;
  const stop = await watchFolders([within], () => (changes += 1));
  onTestFinished(() => {
    stop();
    rmSync(folder, { recursive: true, force: true });
  });
  writeFileSync(join(within, "node_modules/x.hbs"), "1");
  writeFileSync(join(within, "a.hbs"), "1");
  await eventually("the template is told of", () => changes === 1);
});
