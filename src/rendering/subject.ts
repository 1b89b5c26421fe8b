import { InvalidMailError } from "../errors/errors.ts";
import { lineFault } from "../mail/text-fault.ts";

/**
 * The subject an action gave, trimmed.
 * @throws InvalidMailError when it is empty or holds a line break or control character
 */
export function subjectLine(subject: string): string {
  if (typeof subject !== "string") throw new InvalidMailError("The subject must be a string.");
  const fault = lineFault(subject);
  if (fault !== undefined) throw new InvalidMailError(`The subject holds ${fault}: leave that out.`);
  if (subject.trim() === "")
    throw new InvalidMailError(
      "The subject is empty. Give this.mail({ subject }) a text, or the subject template one that is never blank.",
    );
  return subject.trim();
}

/** What a subject template gave on however many lines, as one line. @throws InvalidMailError */
export function oneLine(rendered: string): string {
  return subjectLine(rendered.replace(/[\s\u2028\u2029]+/g, " "));
}
