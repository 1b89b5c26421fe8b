/**
 * The names in the head of a function's source; undefined for a parameter that is taken apart.
 * @example parameterNames("welcome(email, { code }, count = 1) {}") // ["email", undefined, "count"]
 */
export function parameterNames(source: string): readonly (string | undefined)[] {
  const begin = source.indexOf("(");
  if (begin < 0) return [];
  const names: string[] = [];
  let depth = 0;
  let name = "";
  for (const character of source.slice(begin + 1)) {
    if (depth === 0 && (character === "," || character === ")")) {
      names.push(name);
      name = "";
      if (character === ")") break;
      continue;
    }
    if ("([{".includes(character)) depth += 1;
    if (")]}".includes(character)) depth -= 1;
    name += character;
  }
  const isEmpty = names.every((each) => each.trim() === "");
  return isEmpty ? [] : names.map((each) => /^\s*(?:\.{3})?([A-Za-z_$][\w$]*)/.exec(each)?.[1]);
}
