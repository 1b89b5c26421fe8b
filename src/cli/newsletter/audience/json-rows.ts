import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { errorMessage } from "../../../errors/error-message.ts";
import type { AudienceRow } from "./audience-rows.ts";
import type { AudienceText } from "./audience-text.ts";

/** One JSON object per line; empty lines are left out. */
export async function* jsonRows(text: AudienceText): AsyncGenerator<AudienceRow> {
  const lines = createInterface({
    input: Readable.from(text.chunks()),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let line = 0;
  for await (const json of lines) {
    line += 1;
    if (json.trim() !== "") yield jsonRow(json, line);
  }
}

function jsonRow(json: string, line: number): AudienceRow {
  try {
    const recipient: unknown = JSON.parse(json);
    if (typeof recipient === "object" && recipient !== null && !Array.isArray(recipient))
      return { line, recipient: { ...recipient } };
    return { line, problem: "is not a JSON object" };
  } catch (error) {
    return { line, problem: errorMessage(error) };
  }
}
