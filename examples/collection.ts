// A smart collection is computed anew after edits: a hundred edits in a row are one run.
import { z } from "zod";
import { close, job, openApp } from "../src/index.ts";

interface Product {
  readonly id: number;
  readonly price: number;
}
const products = new Map<number, Product>();
const collections = new Map<string, readonly number[]>();
let runs = 0;

const RecomputeCollection = job("RecomputeCollection", {
  args: z.tuple([z.string()]),
  perform(name) {
    runs += 1;
    const bargains = [...products.values()].filter(({ price }) => price < 20);
    collections.set(
      name,
      bargains.map(({ id }) => id),
    );
  },
});

async function edit(product: Product): Promise<void> {
  products.set(product.id, product);
  // The first edit stores the job; while it waits, the others find it there. One that comes while it runs stores the next.
  await RecomputeCollection.delay({ in: "200ms", uniqueKey: "collection:bargains" }).perform("bargains");
}

for (let id = 1; id <= 100; id++) await edit({ id, price: id });
await (await openApp()).worker({ exitOnComplete: false }).workOff();
await new Promise((resolve) => setTimeout(resolve, 300));
await (await openApp()).worker().workOff();
console.log(
  `100 edits, ${runs} run: ${collections.get("bargains")?.length} of ${products.size} products are in it`,
);
if (runs !== 1 || collections.get("bargains")?.length !== 19) process.exitCode = 1;
await close();
