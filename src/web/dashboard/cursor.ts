import { z } from "zod";
import type { JobPlace } from "../../jobs/job-list.ts";

const time = z.number().optional();
const schema = z.tuple([z.string().max(24), z.string().max(200), z.number(), z.number(), time, time, time]);

/** Where the next page begins, for an address: of a job no more than what orders it. */
export function cursorOf(job: JobPlace): string {
  const { id, queue, priority, runAt, lockedUntil, failedAt, finishedAt } = job;
  const times = [lockedUntil, failedAt, finishedAt].map((date) => date?.getTime() ?? null);
  return Buffer.from(JSON.stringify([id, queue, priority, runAt.getTime(), ...times])).toString("base64url");
}

/** Undefined for what is no cursor: the first page. */
export function placeOf(cursor: string | undefined): JobPlace | undefined {
  if (cursor === undefined) return undefined;
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    const parsed = schema.parse(Array.isArray(values) ? values.map((value) => value ?? undefined) : values);
    const [id, queue, priority, runAt, lockedUntil, failedAt, finishedAt] = parsed;
    return {
      ...{ id, queue, priority, runAt: new Date(runAt) },
      ...(lockedUntil !== undefined && { lockedUntil: new Date(lockedUntil) }),
      ...(failedAt !== undefined && { failedAt: new Date(failedAt) }),
      ...(finishedAt !== undefined && { finishedAt: new Date(finishedAt) }),
    };
  } catch {
    return undefined;
  }
}
