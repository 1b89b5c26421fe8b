import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach } from "vitest";
import type { App } from "../../src/app/app.ts";
import { close, configure, openApp } from "../../src/app/current-app.ts";
import type { Settings } from "../../src/config/settings.ts";
import { MemoryTransport } from "./memory-transport.ts";

const cleaning: (() => void)[] = [];

afterEach(async () => {
  await close();
  for (const clean of cleaning.splice(0)) clean();
});

/** Opens this process's application on a store in memory, with these templates; it is closed after the test. */
export async function startApp(
  templates: Readonly<Record<string, string>> = {},
  settings: Settings = {},
): Promise<{ readonly app: App; readonly transport: MemoryTransport }> {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-app-"));
  cleaning.push(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(templates)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const transport = new MemoryTransport();
  configure({
    sqlite: ":memory:",
    templates: folder,
    transport,
    from: "Sender <sender@x.test>",
    ...settings,
  });
  return { app: await openApp(), transport };
}
