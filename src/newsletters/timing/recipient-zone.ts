import { InvalidOptionsError } from "../../errors/errors.ts";
import { isTimeZone } from "../../mail/language.ts";

/** Rows name few zones, again and again, and to ask whether there is one takes long. */
const known = new Set<string>();

/**
 * What `timeZoneOf` gave; nothing where it is empty, because a table leaves cells empty.
 * @throws InvalidOptionsError when there is no such zone
 */
export function checkedTimeZone(zone: unknown): string | undefined {
  if (zone === undefined || zone === null || zone === "") return undefined;
  if (typeof zone === "string" && (known.has(zone) || isTimeZone(zone))) {
    known.add(zone);
    return zone;
  }
  throw new InvalidOptionsError("a row of the audience", [
    `timeZoneOf gave ${JSON.stringify(zone)}, which is no time zone; give one such as "Europe/Vienna"`,
  ]);
}
