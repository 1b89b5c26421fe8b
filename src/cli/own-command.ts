/** How this very process was started, as `spawn` takes it: for others that are to do the same. */
export function ownCommand(): readonly [file: string, ...args: string[]] {
  return [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
}
