import type { IncomingMessage } from "node:http";

/** What a viewer may do: look, or act too. */
export type Right = "read" | "write";

/** What `authorize` says of a request: nothing at all, or what may be done, and by whom, for the audit line. */
export type Access = false | Right | { readonly may: Right; readonly user: string };

/**
 * Says who may see the pages. Whoever it says `false` of is told nothing, not even that there are jobs.
 * @param incoming the request as Node's server has it, where there is one: what middleware before it added, such as `user`
 */
export type Authorize = (request: Request, incoming?: IncomingMessage) => Access | Promise<Access>;

/** Who looks, and what he may do. */
export interface Viewer {
  readonly may: Right;
  readonly user: string;
}

export async function viewerOf(
  request: Request,
  {
    authorize,
    readOnly,
    incoming,
  }: {
    readonly authorize: Authorize | undefined;
    readonly readOnly: boolean;
    readonly incoming: IncomingMessage | undefined;
  },
): Promise<Viewer | undefined> {
  const access = authorize ? await authorize(request, incoming) : isLoopback(incoming) && "write";
  if (access === false) return undefined;
  const { may, user } = typeof access === "string" ? { may: access, user: "" } : access;
  return { may: readOnly ? "read" : may, user };
}

/** Whether this very machine asks, under a name of its own, and not through a proxy. */
function isLoopback(incoming: IncomingMessage | undefined): boolean {
  if (incoming === undefined) return false;
  const { host = "", forwarded, "x-forwarded-for": forwardedFor } = incoming.headers;
  const name = host.replace(/:\d+$/, "").toLowerCase();
  const isNamed = name === "localhost" || name === "127.0.0.1" || name === "[::1]";
  const from = incoming.socket.remoteAddress ?? "";
  const isNear = from === "::1" || from.startsWith("127.") || from.startsWith("::ffff:127.");
  return isNamed && isNear && forwarded === undefined && forwardedFor === undefined;
}
