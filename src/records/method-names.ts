const HOOKS = ["enqueue", "before", "success", "error", "after", "failure"];

/** Whether a method of this name can be delayed: not what is private by its name, and no hook. */
export function isDelayable(name: string): boolean {
  return name !== "constructor" && name !== "delay" && !/^[_$#]/.test(name) && !HOOKS.includes(name);
}

/** The public methods of a class's objects, or of the class itself, with those of its parents. */
export function methodsOf(start: object, end: object | null): readonly string[] {
  const names = new Set<string>();
  for (let level: object | null = start; level && level !== end; level = Object.getPrototypeOf(level))
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level)))
      if (typeof value === "function" && isDelayable(name)) names.add(name);
  return [...names].sort();
}
