type Refuse = (name: string, args: readonly unknown[]) => unknown;

/**
 * Functions by their names, on an object that has every other name for one that refuses. A call of `constructor`, or of a name that is
 * mistyped, must not do nothing and say nothing where no compiler looks at it. It has no `then`, so awaiting it by mistake is harmless.
 */
export function namedFunctions(functions: Readonly<Record<string, unknown>>, refuse: Refuse): object {
  const target: Readonly<Record<string, unknown>> = Object.freeze(
    Object.assign(Object.create(null), functions),
  );
  return new Proxy(target, {
    get: (_, name) => {
      if (typeof name !== "string" || name === "then" || name === "toJSON") return undefined;
      return Object.hasOwn(target, name) ? target[name] : (...args: unknown[]) => refuse(name, args);
    },
  });
}
