import { delayable } from "../../../src/index.ts";
import { prisma } from "./prisma.ts";

class Account {
  readonly id: string;
  readonly email: string;

  constructor({ id, email }: { readonly id: string; readonly email: string }) {
    this.id = id;
    this.email = email;
  }

  async close(reason: string) {
    await prisma.account.update({ where: { id: this.id }, data: { closed: reason } });
  }
}

export const Accounts = delayable(Account, {
  name: "Account",
  idOf: (account) => account.id,
  find: async (id: string) => {
    const row = await prisma.account.findUnique({ where: { id } });
    return row && new Account(row);
  },
});

export async function closeAccount(row: { readonly id: string; readonly email: string }) {
  await Accounts.delay(new Account(row), { uniqueKey: `close:${row.id}` }).close("asked for it");
}
