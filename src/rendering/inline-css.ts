import juice from "juice";

/** Writes the rules of a document's style elements into style attributes. */
export type InlineCss = (html: string) => string;

/**
 * By juice. What cannot be inlined (media queries, :hover, fonts) stays in the head; `<style data-embed>` stays as it is.
 *
 * juice takes `{{` and `<%` in a finished mail for template code and leaves everything up to the next `}}` or `%>`
 * alone, so a name with braces in it would switch inlining off. Its list of such marks is shared by the whole process:
 * it is emptied for this one synchronous call and put back.
 */
export const inlineCss: InlineCss = (html) => {
  if (!/<style\b/i.test(html)) return html;
  const marks = { ...juice.codeBlocks };
  for (const name of Object.keys(marks)) delete juice.codeBlocks[name];
  try {
    return juice(html);
  } finally {
    Object.assign(juice.codeBlocks, marks);
  }
};
