import { z } from "zod";
import { VERSION } from "../../version.ts";
import { bulkSchema, JOB_VERBS, NEWSLETTER_VERBS, SCHEDULE_VERBS } from "./acts.ts";

const DONE = z.object({ message: z.string(), count: z.int(), isMore: z.literal(true).optional() });
const ERROR = z.object({ error: z.string() });

function json(description: string, schema: z.ZodType = z.looseObject({})): object {
  return {
    description,
    content: { "application/json": { schema: z.toJSONSchema(schema, { io: "input" }) } },
  };
}

const REFUSALS = {
  "403": { description: "The viewer may not do this, or another site sent it." },
  "503": json("The store does not answer.", ERROR),
};

const id = { name: "id", in: "path", required: true, schema: { type: "string" } };

function query(...names: readonly string[]): readonly object[] {
  return names.map((name) => ({ name, in: "query", schema: { type: "string" } }));
}

function reading(summary: string, parameters: readonly object[] = []): object {
  return { get: { summary, parameters, responses: { "200": json(summary), ...REFUSALS } } };
}

function readingOne(summary: string): object {
  const responses = { "200": json(summary), "404": json("It is gone.", ERROR), ...REFUSALS };
  return { get: { summary, parameters: [id], responses } };
}

function downloading(summary: string): object {
  const table = { description: summary, content: { "text/csv": { schema: { type: "string" } } } };
  const responses = { "200": table, "404": json("It is gone.", ERROR), ...REFUSALS };
  return { get: { summary, parameters: [id], responses } };
}

function acting(summary: string, { body, one = true }: { body?: z.ZodType; one?: boolean } = {}): object {
  const responses = {
    "200": json("Done.", DONE),
    "400": json("The body cannot be read.", ERROR),
    "404": json("It is gone.", ERROR),
    "409": json("Its state does not allow it.", ERROR),
    ...REFUSALS,
  };
  const requestBody = body && { ...json("", body), required: true };
  return {
    post: { summary, ...(one && { parameters: [id] }), ...(requestBody && { requestBody }), responses },
  };
}

/** What the API answers, for programs that read such descriptions. */
export const OPENAPI = {
  openapi: "3.1.0",
  info: { title: "delayed-mailer dashboard", version: VERSION },
  paths: {
    "/api/overview": reading("Counts by state and queue, none beyond 10,000"),
    "/api/history": reading(
      "What was done, in slots of a day (span=day) or a month (span=month)",
      query("span"),
    ),
    "/api/workers": reading("What each worker does now, with its event loop lag and memory"),
    "/api/jobs": reading("A page of jobs", query("state", "queue", "q", "after", "limit")),
    "/api/jobs/{id}": readingOne("One job"),
    ...Object.fromEntries(
      JOB_VERBS.map((verb) => [
        `/api/jobs/{id}/${verb}`,
        acting(`${verb} a job`, verb === "reschedule" ? { body: z.object({ runAt: z.iso.datetime() }) } : {}),
      ]),
    ),
    "/api/jobs/bulk": acting("Retry, remove or cancel many jobs", { body: bulkSchema, one: false }),
    "/api/queues": reading(
      "Queues with waiting jobs, and paused ones, and how many jobs of each run at once",
    ),
    "/api/limits": reading("Keys behind whose limits jobs wait, the first twenty"),
    "/api/queues/pause": acting("Pause a queue", { body: z.object({ queue: z.string() }), one: false }),
    "/api/queues/resume": acting("Resume a queue", { body: z.object({ queue: z.string() }), one: false }),
    "/api/schedules": reading("Schedules with their next and last times"),
    ...Object.fromEntries(
      SCHEDULE_VERBS.map((verb) => [
        `/api/schedules/${verb}`,
        acting(`${verb} a schedule`, { body: z.object({ schedule: z.string() }), one: false }),
      ]),
    ),
    "/api/newsletters": reading(
      "A page of newsletters with their progress, the newest first",
      query("after"),
    ),
    "/api/newsletters/{id}": readingOne(
      "One newsletter, with its progress, what keeps it, and its newest rehearsals",
    ),
    "/api/newsletters/{id}/rehearsal": readingOne(
      "What a rehearsal comes to, of its first 10,000 outcomes; 404 while it is not through, and of what is none",
    ),
    "/api/newsletters/{id}/outcomes.csv": downloading("What became of every recipient, as a table"),
    "/api/newsletters/{id}/find": acting("What became of one recipient", {
      body: z.object({ recipient: z.string() }),
    }),
    ...Object.fromEntries(
      NEWSLETTER_VERBS.map((verb) => [`/api/newsletters/{id}/${verb}`, acting(`${verb} a newsletter`)]),
    ),
  },
};
