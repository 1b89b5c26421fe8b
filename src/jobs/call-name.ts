/** The action of plain jobs. */
export const PERFORM = "perform";

/** Before the name of a method of a record; one of its class has nothing there. */
export const INSTANCE = "#";

/** A call's name for people: `UserMailer.welcome`, the plain job `ResizeImage`, the record's method `Post#publish`. */
export function callName(handler: string, action: string): string {
  if (action === PERFORM) return handler;
  return action.startsWith(INSTANCE) ? `${handler}${action}` : `${handler}.${action}`;
}

/** The handler and action that a name for people stands for; of a mailer's or job's name alone there is no action. */
export function parseCallName(name: string): { readonly handler: string; readonly action?: string } {
  const [, handler = name, action] = /^([^#]+)(#.+)$/.exec(name) ?? /^(.+)\.([^.]+)$/.exec(name) ?? [];
  return action === undefined ? { handler } : { handler, action };
}
