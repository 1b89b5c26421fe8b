import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { MailSpec } from "../../src/mail/mail.ts";
import { Renderer, type RendererOptions, type RenderOrigin } from "../../src/rendering/renderer.ts";

export const ORIGIN: RenderOrigin = {
  mailer: "UserMailer",
  action: "welcome",
  messageId: "<1@shop.test>",
  date: new Date("2026-11-24T09:00:00Z"),
};

/** A templates folder of its own for one test, and a renderer over it. */
export async function setupTemplates(
  files: Readonly<Record<string, string>>,
  options: Partial<RendererOptions> = {},
) {
  const folder = await mkdtemp(join(tmpdir(), "templates-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  for (const [path, text] of Object.entries(files)) await write(path, text);
  const renderer = new Renderer({ templates: folder, from: "Shop <shop@shop.test>", ...options });
  const render = (spec: Partial<MailSpec> = {}, origin: Partial<RenderOrigin> = {}) =>
    renderer.render({ to: "ann@x.test", subject: "Hi", ...spec }, { ...ORIGIN, ...origin });
  return { folder, renderer, render, write, remove: (path: string) => rm(join(folder, path)) };
}
