import type { JobRecord, Json, NewJob } from "../jobs/job-record.ts";
import { SEALED, UNREADABLE } from "../jobs/stored-value.ts";
import type { Keyring } from "./keyring.ts";

type Placed = Pick<JobRecord, "id" | "handler" | "action" | "args" | "params">;

/** The job with its arguments and params encrypted; everything that a store looks for stays as it is. */
export function sealCall(job: NewJob, keyring: Keyring, id = job.id): NewJob {
  const text = JSON.stringify([job.args, job.params]);
  return { ...job, args: [{ [SEALED]: keyring.seal(text, placeOfCall({ ...job, id })) }], params: {} };
}

/** The job as it was before it was stored. What cannot be opened stays sealed, and fails its job when it is performed. */
export function openCall(job: JobRecord, keyring: Keyring): JobRecord {
  return openCheckpoint(openArguments(job, keyring), keyring);
}

export function sealCheckpoint(id: string, checkpoint: Json, keyring: Keyring): Json {
  return { [SEALED]: keyring.seal(JSON.stringify(checkpoint), placeOfCheckpoint(id)) };
}

function openArguments(job: JobRecord, keyring: Keyring): JobRecord {
  const sealed = job.args.length === 1 ? sealedIn(job.args[0]) : undefined;
  if (sealed === undefined) return job;
  const opened = keyring.open(sealed, placeOfCall(job));
  if ("text" in opened) {
    // `sealCall` wrote it.
    const [args, params] = JSON.parse(opened.text) as [Json[], Json];
    return { ...job, args, params };
  }
  return opened.problem === "no key" ? job : { ...job, args: [unreadable(opened.keyId)] };
}

function openCheckpoint(job: JobRecord, keyring: Keyring): JobRecord {
  const sealed = sealedIn(job.checkpoint);
  if (sealed === undefined) return job;
  const opened = keyring.open(sealed, placeOfCheckpoint(job.id));
  if ("text" in opened) return { ...job, checkpoint: JSON.parse(opened.text) as Json };
  return opened.problem === "no key" ? job : { ...job, checkpoint: unreadable(opened.keyId) };
}

function sealedIn(json: Json | undefined): string | undefined {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return undefined;
  const sealed: unknown = Reflect.get(json, SEALED);
  return typeof sealed === "string" ? sealed : undefined;
}

function unreadable(keyId: string): Json {
  return { [UNREADABLE]: `encrypted with the key "${keyId}" for another job, or changed since` };
}

/** A sealed call that somebody copies into another job, or under another action, cannot be opened there. */
function placeOfCall({ id, handler, action }: Pick<Placed, "id" | "handler" | "action">): string {
  return JSON.stringify(["call", id, handler, action]);
}

function placeOfCheckpoint(id: string): string {
  return JSON.stringify(["checkpoint", id]);
}
