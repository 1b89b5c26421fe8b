/** Stands for what an application has. */
export interface Row {
  readonly name: string;
}

export const written: string[] = [];

export const images = {
  read: async (id: string, { signal }: { readonly signal: AbortSignal }) => {
    signal.throwIfAborted();
    return { resized: (width: number) => `${id} at ${width}` };
  },
  write: async (name: string, data: string) => void written.push(`${name}: ${data}`),
  withoutThumbnail: async () => ["cat", "dog"],
};

export const rows = {
  gaveUp: [] as number[],
  digests: [] as number[],
  failing: 0,
  read: async (file: string): Promise<readonly Row[]> =>
    Array.from({ length: 250 }, (_, index) => ({ name: `${file} ${index}` })),
  save: async (row: Row | undefined) => row !== undefined && !row.name.endsWith(" 7"),
  digest: async (userId: number) => {
    if (userId < 0) throw new Error("no such user");
    rows.digests.push(userId);
  },
};
