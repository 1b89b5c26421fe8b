import type { Terminal } from "./command.ts";

/**
 * Calls `act` when nobody reads our output any more, as after `| head`. The listeners stay, because what is still in the pipe's buffer is
 * refused later.
 */
export function onBrokenPipe({ out, err }: Terminal, act: () => void): void {
  out.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    act();
  });
  err.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
