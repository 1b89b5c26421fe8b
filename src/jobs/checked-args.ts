import { z } from "zod";
import { InvalidArgumentsError } from "../errors/errors.ts";
import type { Call } from "./handler.ts";

/**
 * Arguments as their schema gives them back.
 * @throws InvalidArgumentsError
 */
export async function checkedArgs(
  { handler, action, args }: Pick<Call, "handler" | "action" | "args">,
  schema: z.ZodType,
): Promise<readonly unknown[]> {
  const result = await parsed(schema, [...args]);
  if (result.success) return result.data as readonly unknown[];
  throw new InvalidArgumentsError(handler, action, result.error.issues.map(describeIssue), {
    cause: result.error,
  });
}

/** Schemas that ask somebody else. */
const asynchronous = new WeakSet<z.ZodType>();

/** At once where the schema can: waiting costs ten times what checking does. */
function parsed(schema: z.ZodType, args: readonly unknown[]) {
  if (asynchronous.has(schema)) return schema.safeParseAsync(args);
  try {
    return schema.safeParse(args);
  } catch (error) {
    if (!(error instanceof z.core.$ZodAsyncError)) throw error;
    asynchronous.add(schema);
    return schema.safeParseAsync(args);
  }
}

function describeIssue({ path, message }: z.core.$ZodIssue): string {
  const place = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  return place === "" ? message : `args${place}: ${message}`;
}
