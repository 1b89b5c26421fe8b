import type { z } from "zod";
import { InvalidOptionsError } from "./errors/errors.ts";

/**
 * Options as a schema reads them.
 * @param where whose they are, for the error
 * @throws InvalidOptionsError naming every option that is unknown or out of range
 */
export function checkedOptions<S extends z.ZodType>(where: string, schema: S, options: unknown): z.output<S> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  throw new InvalidOptionsError(where, result.error.issues.map(describe), { cause: result.error });
}

function describe({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join(".")}: ${message}`;
}
