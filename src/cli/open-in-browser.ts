import { errorMessage } from "../errors/error-message.ts";
import type { Terminal } from "./command.ts";

/** Shows an address in the browser, or says that somebody has to do so himself. */
export async function openInBrowser(url: string, terminal: Terminal): Promise<void> {
  const { default: open } = await import("open");
  try {
    await open(url);
  } catch (error) {
    terminal.err.write(`No browser can be opened (${errorMessage(error)}). Open ${url} yourself.\n`);
  }
}
