import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** A line of a source file. */
export interface SourcePlace {
  /** From the working directory where it is below it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

const FRAME = /^\s*at (?:.*\()?((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/]).*):(\d+):\d+\)?$/;
const OWN_FOLDER = fileURLToPath(new URL("..", import.meta.url));

/** The innermost line of a stack that is neither this library's nor another's: the application's own. */
export function applicationPlace(stack: string | undefined): SourcePlace | undefined {
  for (const frame of stack?.split("\n") ?? []) {
    const [, location, line] = FRAME.exec(frame) ?? [];
    if (location === undefined) continue;
    const path = pathOf(location);
    if (path.startsWith(OWN_FOLDER) || /[\\/]node_modules[\\/]/.test(path)) continue;
    return { file: shortened(path), line: Number(line) };
  }
  return undefined;
}

/** Whoever loads a file anew tells its versions apart by what stands after the question mark. */
function pathOf(location: string): string {
  const path = location.replace(/\?[^?/\\]*$/, "");
  return path.startsWith("file:") ? fileURLToPath(path) : path;
}

function shortened(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith("..") ? path : short;
}

/**
 * Whether a file that registers something is evaluated again, as hot reload does. Only in development: in production a name that is
 * registered twice is a mistake that must not pass.
 */
export function isReloaded(known: SourcePlace | undefined, again: SourcePlace | undefined): boolean {
  return isDevelopment() && known !== undefined && known.file === again?.file && known.line === again.line;
}

/** The same for a class, whose line may have moved: a file that is evaluated again makes another class of the same name. */
export function isReloadedClass(known: PlacedClass, again: PlacedClass): boolean {
  const isAnother = known.class !== again.class && known.class.name === again.class.name;
  return isDevelopment() && isAnother && known.place !== undefined && known.place.file === again.place?.file;
}

/** A class, and where it was registered. */
export interface PlacedClass {
  readonly class: { readonly name: string };
  readonly place: SourcePlace | undefined;
}

function isDevelopment(): boolean {
  return process.env.NODE_ENV !== "production";
}
