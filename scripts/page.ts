import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Chromium } from "./chromium.ts";
import { smallPng } from "./small-png.ts";

const CONTRAST = await readFile(new URL("contrast.js", import.meta.url), "utf8");

export interface Look {
  /** In px. */
  readonly width: number;
  readonly scheme: "light" | "dark";
}

/** A page of a browser that shows one html text after the other. Nothing is fetched: images come from a folder. */
export class Page {
  readonly #browser: Chromium;
  readonly #session: string;

  /** @param images folder of the files that `/images/...` of any site means */
  static async open(browser: Chromium, images: string): Promise<Page> {
    const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(browser, String(sessionId));
    browser.on("Fetch.requestPaused", (params) => void page.#answer(params, images));
    await page.#send("Page.enable");
    await page.#send("Fetch.enable");
    return page;
  }

  private constructor(browser: Chromium, session: string) {
    this.#browser = browser;
    this.#session = session;
  }

  /**
   * The whole page as a PNG, as high as it needs to be.
   * @throws Error when it is wider than asked for, or has text that is hard to read
   */
  async screenshot(html: string, { width, scheme }: Look): Promise<Buffer> {
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.#send("Emulation.setEmulatedMedia", { features });
    await this.#resize(width, 50);
    const { frameTree } = (await this.#send("Page.getFrameTree")) as { frameTree: { frame: { id: string } } };
    await this.#send("Page.setDocumentContent", { frameId: frameTree.frame.id, html });
    await this.#evaluate(
      "Promise.all([...document.images].map((image) => image.decode().catch(() => undefined)))",
    );
    const height = Number(await this.#evaluate("document.documentElement.scrollHeight"));
    const overflow = Number(await this.#evaluate("document.documentElement.scrollWidth")) - width;
    if (overflow > 0) throw new Error(`The mail is ${overflow} px wider than ${width} px.`);
    const weak = (await this.#evaluate(CONTRAST)) as readonly string[];
    if (weak.length > 0) throw new Error(`Too little contrast in the ${scheme} mail:\n${weak.join("\n")}`);
    await this.#resize(width, height);
    const { data } = await this.#send("Page.captureScreenshot", { format: "png" });
    return smallPng(Buffer.from(String(data), "base64"));
  }

  /** The value of an expression in an empty page of one's own colour scheme. */
  async evaluate(expression: string, scheme: Look["scheme"]): Promise<unknown> {
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.#send("Emulation.setEmulatedMedia", { features });
    return this.#evaluate(expression);
  }

  async #resize(width: number, height: number): Promise<void> {
    const metrics = { width, height, deviceScaleFactor: 1, mobile: false };
    await this.#send("Emulation.setDeviceMetricsOverride", metrics);
  }

  async #evaluate(expression: string): Promise<unknown> {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = (await this.#send("Runtime.evaluate", options)) as {
      result: { value: unknown; description?: string };
      exceptionDetails?: unknown;
    };
    if (exceptionDetails !== undefined) throw new Error(result.description);
    return result.value;
  }

  async #answer(params: Readonly<Record<string, unknown>>, folder: string): Promise<void> {
    const { requestId, request } = params as { requestId: string; request: { url: string } };
    const [, name] = /\/images\/([\w-]+\.png)$/.exec(request.url) ?? [];
    const file = name && (await readFile(join(folder, name)).catch(() => undefined));
    if (file)
      await this.#send("Fetch.fulfillRequest", {
        requestId,
        responseCode: 200,
        body: file.toString("base64"),
      });
    else await this.#send("Fetch.failRequest", { requestId, errorReason: "BlockedByClient" });
  }

  #send(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    return this.#browser.send(method, params, this.#session);
  }
}
