import { distance } from "fastest-levenshtein";
import { nearestName } from "../errors/nearest-name.ts";
import { ENVIRONMENT } from "./environment.ts";

const OURS = "DELAYED_MAILER_";
const KNOWN = Object.values(ENVIRONMENT);
/** What our own processes tell each other. */
const INTERNAL = ["DELAYED_MAILER_PROCESS", "DELAYED_MAILER_WATCHED"];
const SHARED = KNOWN.filter((name) => !name.startsWith(OURS));

/** Variables that nobody else can mean, and that no setting reads: each would be ignored in silence. @returns problems */
export function unknownVariables(env: NodeJS.ProcessEnv): readonly string[] {
  return namesIn(env).flatMap((name) => {
    if (name.startsWith(OURS)) return [`${name}: there is no such setting; ${wayOut(name)}`];
    const meant = SHARED.find((known) => isSwapped(name, known));
    return meant === undefined ? [] : [`${name}: there is no such setting; did you mean ${meant}?`];
  });
}

/** Variables that look like one of ours and may be another program's. @returns warnings */
export function doubtfulVariables(env: NodeJS.ProcessEnv): readonly string[] {
  return namesIn(env).flatMap((name) => {
    if (name.startsWith(OURS) || SHARED.some((known) => isSwapped(name, known))) return [];
    const meant = nearestName(
      name,
      SHARED.filter((known) => !env[known]),
    );
    return meant === undefined ? [] : [`${name} is set and ${meant} is not: did you mean ${meant}?`];
  });
}

function namesIn(env: NodeJS.ProcessEnv): readonly string[] {
  return Object.keys(env).filter(
    (name) => env[name] !== "" && !KNOWN.includes(name) && !INTERNAL.includes(name),
  );
}

function wayOut(name: string): string {
  const withoutPrefix = name.slice(OURS.length);
  const meant = SHARED.find((known) => known === withoutPrefix || known === `MAIL_${withoutPrefix}`);
  const nearest = meant ?? nearestName(name, KNOWN);
  return nearest === undefined ? "the README lists them all" : `did you mean ${nearest}?`;
}

/**
 * Whether two letters of the first word changed places, as in SMPT_URL: that is no other program's variable, which MAIL_FORM or SMTP_URI
 * may be.
 */
function isSwapped(name: string, known: string): boolean {
  const [given = "", ...rest] = name.split("_");
  const [word = "", ...knownRest] = known.split("_");
  if (rest.join("_") !== knownRest.join("_") || given === word) return false;
  return [...given].sort().join("") === [...word].sort().join("") && distance(given, word) === 2;
}
