/** Stands for what is done to the world. */
export const seen: string[] = [];

export async function posted(what: string): Promise<void> {
  seen.push(what);
}
