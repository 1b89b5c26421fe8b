import { z } from "zod";
import { checkedOptions } from "../checked-options.ts";
import { JOB_STATES, type JobFilter, type JobFind } from "./job-record.ts";

const name = z.string("must be a text").optional();

const filter = z.strictObject({
  state: z.enum(JOB_STATES).optional(),
  queue: name,
  handler: name,
  action: name,
  group: name,
  uniqueKey: name,
});

const page = z.strictObject({
  order: z.enum(["oldest", "newest"]),
  limit: z.int().min(0),
  offset: z.int().min(0),
});

/** A filter may come from outside, as from a query string: an object in it would reach MongoDB as an operator. @throws InvalidOptionsError */
export function checkedFilter(given: JobFilter): JobFilter {
  const checked = checkedOptions("Job.where", filter, given);
  return Object.fromEntries(Object.entries(checked).filter(([, value]) => value !== undefined));
}

type Page = Required<Omit<JobFind, keyof JobFilter>>;

/** @throws InvalidOptionsError */
export function checkedPage(given: Page): Page {
  return checkedOptions("Job list", page, given);
}
