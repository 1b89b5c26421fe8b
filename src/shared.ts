import { VERSION } from "./version.ts";

/**
 * A value that all copies of this version in the process share. There can be several: a bundler makes one per entry, and tsx evaluates
 * the library once for `import` and once for `require`. Mailers that one copy registers must be known to the worker of another.
 * @param make makes the value for the first copy that asks
 */
export function shared<T extends object>(name: string, make: () => T): T {
  const key = Symbol.for(`delayed-mailer@${VERSION}/${name}`);
  const known: unknown = Reflect.get(globalThis, key);
  // The same version made it under the same name, so it has the same type.
  if (known !== undefined) return known as T;
  const made = make();
  Object.defineProperty(globalThis, key, { value: made });
  return made;
}
