import { TemplateFault } from "../templates/template-problem.ts";
import type { Origin } from "./piece.ts";

/** Why the styles of a template must be inlined for every message, and what to write instead. */
const PATTERNS = {
  "class-expression":
    "an expression decides a class: choose between two elements with {{#if}}, each with a fixed class",
  "id-expression": "an expression decides an id that the stylesheet asks for: style it by a fixed class",
  "style-expression":
    "an expression is part of a style attribute: use width, height, bgcolor or align, or one class per look",
  "attribute-selector": "the stylesheet asks for an attribute that holds an expression: style it by a class",
  "set-twice":
    "an expression is in an attribute that the stylesheet sets too, for Outlook: leave it out of one of them",
  "expression-in-tag":
    "an expression stands among the attributes of a tag: put the whole element on both sides of {{else}}",
  "tag-name": "an expression is part of a name of a tag or attribute: write the names out, in branches",
  "unquoted-attribute": "an expression is an attribute without quotes: put quotes around it",
  siblings: "the selector depends on what stands beside an element, and data decides that: use a class",
  contents: "the selector depends on what an element holds, or is one that cannot be told: use a class",
  "raw-html": "html is printed as it comes, and styles may meet it: escape it, or use a partial",
  "html-helper": "the helper gives html, and styles may meet it: use a partial",
  "block-helper":
    "nobody but its helper knows what becomes of this block: use #if, #unless, #each, #with or a partial",
  "dynamic-partial": "data decides which partial this is: name it, in branches",
  "faulty-file": "the partial has a fault of its own",
  recursion: "the partial includes itself: write the levels out",
  decorator: "only {{#*inline}} with a fixed name is understood",
  "block-scope":
    "which text a name means here depends on more than the page: name each block once, fill it from the mail",
  "expression-in-style":
    "an expression or a partial stands in a style element: keep the rules fixed, link a stylesheet",
  "style-in-branch": "data decides whether these styles are there: keep them always, and branch on a class",
  unbalanced:
    "the branch opens or closes what it does not close or open: keep each element whole in its branch",
  markup: "html parsers repair this in their own way: close every element where it ends, in order",
  "expression-in-declaration": "an expression stands in a declaration or script",
  "comment-end": "a value could end the comment here: keep - and > away from expressions",
  "two-places": "the same text is used in two places that are styled differently: use two partials",
  "implied-tbody":
    "the rule meets the tbody that browsers put around rows, and data decides which there are: write <tbody>",
  "head-in-branch":
    "a rule of the head competes with others on elements that data decides on: give its declarations !important",
  unproven: "a trial gave another result than inlining the finished mail would",
} as const;

export type SlowPattern = keyof typeof PATTERNS;

/** One reason why a template's styles are inlined for every message instead of once. Not an error: only slower. */
export class SlowPath extends TemplateFault {
  readonly pattern: SlowPattern;
  /** What is meant, such as the name of a helper. */
  readonly detail: string | undefined;

  constructor(pattern: SlowPattern, { key, place }: Origin, detail?: string) {
    const message = `styles are inlined for every message (${pattern}): ${PATTERNS[pattern]}`;
    super(detail === undefined ? message : `${message} (${detail})`, key, place);
    this.name = "SlowPath";
    this.pattern = pattern;
    this.detail = detail;
  }
}
