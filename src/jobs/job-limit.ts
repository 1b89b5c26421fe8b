import { z } from "zod";
import { checkedOptions } from "../checked-options.ts";
import { InvalidOptionsError } from "../errors/errors.ts";
import { parseRate, type Rate } from "./rate.ts";

/** How many jobs of one key may run, whatever queue they are in and whichever worker has them. */
export interface LimitOptions {
  /** 1 to 512 characters: `customer-7`. Jobs of one key share the limit. */
  readonly key: string;
  /** How many may run at once. Defaults to as many as there are. */
  readonly concurrency?: number;
  /** How many may begin in a time: "10/1m". Defaults to as many as there are. */
  readonly rate?: string;
}

/** The same for all calls of a handler: the key may depend on their arguments. None means that this call has no limit. */
export interface LimitSetting extends Omit<LimitOptions, "key"> {
  // Each handler's own arguments, which nothing here knows.
  readonly key: string | ((...args: never[]) => string | undefined);
}

/** As it is stored with a job. */
export interface JobLimit {
  readonly key: string;
  readonly concurrency?: number;
  readonly rate?: Rate;
}

const schema = z
  .strictObject({
    key: z.string().min(1).max(512),
    concurrency: z.int().min(1).max(1_000_000).optional(),
    rate: z.string().optional(),
  })
  .refine(({ concurrency, rate }) => concurrency !== undefined || rate !== undefined, {
    error: "give `concurrency`, `rate` or both",
  });

/**
 * The limit of one call: its own, else its handler's.
 * @throws InvalidOptionsError
 */
export function limitOf(
  where: string,
  given: LimitOptions | undefined,
  { setting, args }: { readonly setting: LimitSetting | undefined; readonly args: readonly unknown[] },
): JobLimit | undefined {
  const limit = given ?? setting;
  if (limit === undefined) return undefined;
  if (typeof limit !== "object" || limit === null)
    throw new InvalidOptionsError(`${where}: limit`, ["must be an object such as { key, concurrency: 1 }"]);
  const key: unknown =
    typeof limit.key === "function" ? Reflect.apply(limit.key, undefined, args) : limit.key;
  if (key === undefined && typeof limit.key === "function") return undefined;
  const { rate, concurrency, ...rest } = checkedOptions(`${where}: limit`, schema, { ...limit, key });
  return {
    ...rest,
    ...(concurrency !== undefined && { concurrency }),
    ...(rate !== undefined && { rate: parseRate(rate) }),
  };
}
