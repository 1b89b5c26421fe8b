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
  return { ...openArguments(job, keyring), ...openValues(job, keyring) };
}

/** What jobs leave beside their call. */
type Left = "checkpoint" | "result";

export function sealValue(id: string, field: Left, value: Json, keyring: Keyring): Json {
  return { [SEALED]: keyring.seal(JSON.stringify(value), placeOf(id, field)) };
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

function openValues(job: JobRecord, keyring: Keyring): Pick<JobRecord, Left> {
  const { checkpoint, result } = job;
  return {
    ...(checkpoint !== undefined && { checkpoint: openValue(job.id, "checkpoint", checkpoint, keyring) }),
    ...(result !== undefined && { result: openValue(job.id, "result", result, keyring) }),
  };
}

function openValue(id: string, field: Left, value: Json, keyring: Keyring): Json {
  const sealed = sealedIn(value);
  if (sealed === undefined) return value;
  const opened = keyring.open(sealed, placeOf(id, field));
  if ("text" in opened) return JSON.parse(opened.text) as Json;
  return opened.problem === "no key" ? value : unreadable(opened.keyId);
}

/** Whether something of the job cannot be read here, and with which key it could be. */
export function closedParts({ args, checkpoint, result }: JobRecord): readonly { readonly keyId?: string }[] {
  const isOne = args.length === 1;
  return [isOne ? args[0] : undefined, checkpoint, result].flatMap((part) => {
    const keyId = sealedIn(part)?.split(".")[0];
    if (keyId !== undefined) return [{ keyId }];
    return isTagged(part, UNREADABLE) ? [{}] : [];
  });
}

function isTagged(json: Json | undefined, tag: string): boolean {
  return typeof json === "object" && json !== null && tag in json;
}

function sealedIn(json: Json | undefined): string | undefined {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return undefined;
  const sealed: unknown = Reflect.get(json, SEALED);
  return typeof sealed === "string" ? sealed : undefined;
}

function unreadable(keyId: string): Json {
  return {
    [UNREADABLE]: `encrypted with a key "${keyId}" that is not the one in encryptionKeys, for another job, or changed since`,
  };
}

/** A sealed call that somebody copies into another job, or under another action, cannot be opened there. */
function placeOfCall({ id, handler, action }: Pick<Placed, "id" | "handler" | "action">): string {
  return JSON.stringify(["call", id, handler, action]);
}

function placeOf(id: string, field: Left): string {
  return JSON.stringify([field, id]);
}
