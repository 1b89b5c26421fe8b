import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { startScript } from "../support/child.ts";

/** Runs a command on a terminal of its own, types Ctrl-C when it has printed what is waited for, and gives all that came. */
const ON_TERMINAL = `
import os, pty, sys, time
wanted = sys.argv[1].encode()
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
seen = b""
typed = False
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError:
        break
    if not part:
        break
    seen += part
    if not typed and wanted in seen:
        os.write(terminal, b"\\x03")
        typed = True
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(seen)
sys.stdout.buffer.write(b"\\nsignal %d" % (status & 127))
`;

const CURSOR = "\u001b[?25h";
const LINE_WRAP = "\u001b[?7h";

it("Ctrl-C while a newsletter is waited for leaves the terminal whole, and says that the newsletter goes on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-terminal-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "mailers"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(
    join(folder, "mailers", "news-mailer.ts"),
    `import { Mailer, mailer } from ${JSON.stringify(resolve("src/index.ts"))};
class NewsActions extends Mailer {
  weekly({ email }: { email: string }) { return this.mail({ to: email, subject: "News", text: "News" }); }
}
export const NewsMailer = mailer(NewsActions, { name: "NewsMailer" });
`,
  );
  writeFileSync(join(folder, "people.csv"), "email\nann@x.test\nbob@x.test\n");
  const env = { DELAYED_MAILER_SQLITE: join(folder, "store.sqlite"), MAIL_FROM: "shop@x.test" };
  const send = ["newsletter", "send", "NewsMailer.weekly", "--to", "people.csv", "--key", "w1"];
  const planning = startScript("src/cli.ts", send, env, folder);
  expect([await planning.ended, planning.output()]).toEqual([0, expect.stringContaining("w1: 2 recipients")]);

  const command = [process.execPath, "--import", import.meta.resolve("tsx"), resolve("src/cli.ts")];
  const words = ["newsletter", "status", "w1", "--wait"];
  // Nobody works the queue, which is said after a while.
  const script = ["-c", ON_TERMINAL, "Start a worker for the queue", ...command, ...words];
  const child = spawn("python3", script, { cwd: folder, env: { ...process.env, ...env } });
  onTestFinished(() => void child.kill("SIGKILL"));
  let seen = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (seen += text));
  await once(child, "close");
  expect(seen).toContain("Nothing is sent: no worker has taken one of its jobs for");
  expect(seen).toContain("recipients done [");
  const after = seen.slice(seen.lastIndexOf("Start a worker"));
  expect(after).toContain(CURSOR);
  expect(after).toContain(LINE_WRAP);
  expect(after).toContain("The newsletter goes on; newsletter status w1 --wait shows it again.");
  expect(seen).toMatch(/signal 2$/);
});
