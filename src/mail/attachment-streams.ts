import type { Readable } from "node:stream";
import type { Attachment } from "./content.ts";

const heard = () => undefined;

/**
 * A stream that breaks before anybody reads it would end the process, because nobody listens to its error. From now on the error waits
 * until the stream is read.
 */
export function keepStreamErrors(attachments: readonly Attachment[] | undefined): void {
  if (!Array.isArray(attachments)) return;
  for (const { content } of attachments.filter((attachment) => typeof attachment === "object" && attachment))
    if (isNodeStream(content) && !content.listeners("error").includes(heard)) content.on("error", heard);
}

export function isStream(content: unknown): content is AsyncIterable<unknown> {
  return typeof content === "object" && content !== null && Symbol.asyncIterator in content;
}

/** Whether somebody has begun to read it. */
export function wasRead(stream: object): boolean {
  return isNodeStream(stream) && (stream.readableDidRead || (stream.destroyed && !stream.errored));
}

function isNodeStream(content: unknown): content is Readable {
  return isStream(content) && "readableDidRead" in content && "on" in content;
}
