import { generate, parse } from "css-tree";
import { memoize } from "../../memoize.ts";

type Attributes = Readonly<Record<string, string>>;

/** Whether a browser shows nothing of an element, or it is there for the eye alone, as preheaders and spacers are. */
export function isUnseen(attribs: Attributes): boolean {
  if (attribs.hidden !== undefined || attribs["aria-hidden"]?.trim().toLowerCase() === "true") return true;
  return attribs.style !== undefined && hides(attribs.style);
}

const NOTHING = /^[+-]?0*(?:\.0*)?(px|em|rem|pt|%)?$/;

const hides = memoize((style): boolean => {
  const says = declared(style);
  const isZero = (property: string) => NOTHING.test(says.get(property) ?? "all");
  if (says.get("display") === "none" || says.get("visibility") === "hidden" || isZero("opacity")) return true;
  const clips = /^(hidden|clip)\b/.test(says.get("overflow") ?? "");
  return clips && ["max-height", "max-width", "height", "width"].some(isZero);
});

/** What a style attribute says, in small letters; of two words on one property the important or the later one. */
function declared(style: string): ReadonlyMap<string, string> {
  const list = parse(style, { context: "declarationList", parseValue: false });
  const says = new Map<string, string>();
  const important = new Set<string>();
  if (list.type !== "DeclarationList") return says;
  for (const node of list.children) {
    if (node.type !== "Declaration") continue;
    const property = node.property.toLowerCase();
    if (important.has(property) && !node.important) continue;
    if (node.important) important.add(property);
    says.set(property, generate(node.value).trim().toLowerCase());
  }
  return says;
}
