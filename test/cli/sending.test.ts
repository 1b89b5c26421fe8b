import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { useCli } from "../support/cli.ts";

class PlainActions extends Mailer {
  hello(to: string) {
    return this.mail({ to, subject: "Hello", template: "hello" });
  }
}
class LostActions extends PlainActions {
  static override transport = "bluk";
}
mailer(PlainActions, { name: "PlainMailer" });
mailer(LostActions, { name: "LostMailer" });

const { cli, folder } = useCli();

function writeTemplate(): void {
  mkdirSync(join(folder(), "templates"), { recursive: true });
  writeFileSync(join(folder(), "templates/hello.text.hbs"), "Hello");
}

it("`check` finds a mailer that names a transport that is not there", async () => {
  writeTemplate();
  const { code, out } = await cli("check");
  expect(code).toBe(1);
  expect(out).toContain('LostMailer names the transport "bluk"; there are (default)');
  expect(out).not.toContain("PlainMailer names");
});

it("`send` says when a mail was stopped instead of sent", async () => {
  writeTemplate();
  vi.stubEnv("DELAYED_MAILER_DELIVERIES", "off");
  const { code, out } = await cli("send", "PlainMailer.hello", '["ann@x.test"]');
  expect(code).toBe(0);
  expect(out).toMatch(/^Not sent <.*>: deliveries are off/);
});
