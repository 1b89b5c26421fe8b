import type { Options } from "css-select";
import type { AnyNode, Element } from "domhandler";
import { adapter as domAdapter } from "./dom-adapter.ts";

/** How selectors are matched: with attributes as browsers read them, and `:root` as the root of a page. */
export const MATCHING: Options<AnyNode, Element> = {
  adapter: domAdapter,
  pseudos: { root: ({ name, parent }) => name === "html" && parent?.type !== "tag" },
};
