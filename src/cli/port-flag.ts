import { integerFlag, UsageError } from "./command.ts";

/** @throws UsageError */
export function portFlag(flag: string, value: string): number {
  const port = integerFlag(flag, value) ?? 0;
  if (port >= 0 && port <= 65_535) return port;
  throw new UsageError(`--${flag} takes a port, 0 to 65535, not "${value}".`);
}
