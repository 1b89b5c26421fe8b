// Counts the files of src whose functions one mail calls: `npm run files-crossed`, with `-- --names` to list them. The application is open and
// has sent mails before, so that nothing is counted which is done once.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { close, configure, Mailer, MemoryTransport, mailer, openApp } from "../src/index.ts";

const SOURCES = fileURLToPath(new URL("../src/", import.meta.url));
const isNaming = process.argv.includes("--names");

class HelloActions extends Mailer {
  hello(email: string, name: string) {
    return this.mail({ to: email, subject: "Hello", template: "hello", locals: { name } });
  }
}
const HelloMailer = mailer(HelloActions, { name: "HelloMailer" });

const templates = mkdtempSync(join(tmpdir(), "delayed-mailer-crossed-"));
mkdirSync(join(templates, "layouts"));
writeFileSync(join(templates, "hello.html.hbs"), "<p>Hello {{name}}</p>");
configure({ sqlite: ":memory:", templates, from: "sender@x.test", transport: new MemoryTransport() });
const app = await openApp();
const session = new Session();
session.connect();

const send = () => HelloMailer.hello("ann@x.test", "Ann").deliver();
const store = () =>
  HelloMailer.delay()
    .hello("ann@x.test", "Ann")
    .then(() => undefined);
const workOff = () => app.worker().workOff();
const wholeWay = () => store().then(workOff);
try {
  await send();
  await wholeWay();
  await print("deliver()", send);
  await print("delay()", store);
  await print("worker", workOff);
  await print("delay() and worker", wholeWay);
} finally {
  session.disconnect();
  await close();
  rmSync(templates, { recursive: true, force: true });
}

async function print(what: string, run: () => Promise<unknown>): Promise<void> {
  const files = await filesOf(run);
  const drawing = files.filter((file) => /^(rendering|mime)\//.test(file)).length;
  process.stdout.write(
    `${what.padEnd(20)} ${files.length} files, ${files.length - drawing} without rendering\n`,
  );
  if (isNaming) process.stdout.write(files.map((file) => `  ${file}\n`).join(""));
}

async function filesOf(run: () => Promise<unknown>): Promise<readonly string[]> {
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  await run();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  await session.post("Profiler.stopPreciseCoverage");
  const called = result.filter(({ functions }) =>
    functions.some(({ functionName, ranges }) => functionName !== "" && (ranges[0]?.count ?? 0) > 0),
  );
  const paths = called.filter(({ url }) => url.startsWith("file:")).map(({ url }) => fileURLToPath(url));
  return paths
    .filter((path) => path.startsWith(SOURCES))
    .map((path) => path.slice(SOURCES.length))
    .toSorted();
}
