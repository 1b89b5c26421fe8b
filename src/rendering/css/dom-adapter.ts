import type { Options } from "css-select";
import type { AnyNode, Element } from "domhandler";

import * as domutils from "domutils";
import { decodeHTMLAttribute } from "entities";

/** The library's own, for documents whose entities are left as they are written. */
export const adapter: NonNullable<Options<AnyNode, Element>["adapter"]> = {
  ...domutils,
  getAttributeValue: (element, name) => decoded(element.attribs?.[name]),
};

function decoded(value: string | undefined): string | undefined {
  return value?.includes("&") ? decodeHTMLAttribute(value) : value;
}
