import { eq } from "drizzle-orm";
import { type BetterSQLite3Database, drizzle } from "drizzle-orm/better-sqlite3";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { delayable } from "../../../src/index.ts";

export const invoices = sqliteTable("invoices", {
  id: integer().primaryKey(),
  customer: text().notNull(),
  sentTo: text(),
});

export const db: BetterSQLite3Database = drizzle(process.env.INVOICES ?? ":memory:");

export class Invoice {
  readonly row: typeof invoices.$inferSelect;

  constructor(row: typeof invoices.$inferSelect) {
    this.row = row;
  }

  async send(address: string) {
    await db.update(invoices).set({ sentTo: address }).where(eq(invoices.id, this.row.id));
  }
}

export const Invoices = delayable(Invoice, {
  name: "Invoice",
  idOf: (invoice) => invoice.row.id,
  find: async (id: number) => {
    const [row] = await db.select().from(invoices).where(eq(invoices.id, id));
    return row && new Invoice(row);
  },
});
