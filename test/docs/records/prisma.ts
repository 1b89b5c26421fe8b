interface AccountRow {
  readonly id: string;
  readonly email: string;
  readonly closed?: string;
}

export const accounts = new Map<string, AccountRow>([["a1", { id: "a1", email: "ann@example.com" }]]);

/** Stands for a generated client: the two calls that the example makes, in its shape. */
export const prisma = {
  account: {
    findUnique: async ({ where: { id } }: { readonly where: { readonly id: string } }) =>
      accounts.get(id) ?? null,
    update: async ({
      where: { id },
      data,
    }: {
      readonly where: { readonly id: string };
      readonly data: { readonly closed: string };
    }) => {
      const row = accounts.get(id);
      if (row) accounts.set(id, { ...row, ...data });
    },
  },
};
