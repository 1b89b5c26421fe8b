/** Stands for what is done to the world. */
export const seen: string[] = [];

export async function posted(what: string): Promise<void> {
  seen.push(what);
}

/** Stands for a line that drops once, at the third page. */
export async function fetchPage(url: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
  signal.throwIfAborted();
  const isDropped = url.endsWith("=2") && !seen.includes(`dropped ${url}`);
  seen.push(isDropped ? `dropped ${url}` : url);
  if (isDropped) throw new Error("the line dropped");
}
