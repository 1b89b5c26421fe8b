// A search index is kept up with changes of products: each change stores one job, and a later change of the same product none.
import MiniSearch from "minisearch";
import { z } from "zod";
import { close, job, openApp } from "../src/index.ts";

interface Product {
  readonly id: number;
  readonly name: string;
}
const products = new Map<number, Product>();
const index = new MiniSearch<Product>({ fields: ["name"], storeFields: ["name"] });
let runs = 0;

const IndexProduct = job("IndexProduct", {
  args: z.tuple([z.int()]),
  queue: "search",
  perform(id) {
    runs += 1;
    const product = products.get(id);
    if (index.has(id)) index.discard(id);
    if (product) index.add(product);
  },
});

/** What stands in the index is read when the job runs, so one that waits already serves the newest change too. */
async function changed(id: number): Promise<void> {
  await IndexProduct.delay({ uniqueKey: `index:${id}` }).perform(id);
}
async function save(product: Product): Promise<void> {
  products.set(product.id, product);
  await changed(product.id);
}

const worker = (await openApp()).worker();
await save({ id: 1, name: "Red bicycle" });
await save({ id: 2, name: "Blue bicycle" });
await save({ id: 2, name: "Blue racing bike" });
await save({ id: 3, name: "Bicycle bell" });
await worker.workOff();
products.delete(3);
await changed(3);
await worker.workOff();
const found = (words: string) => index.search(words, { prefix: true, fuzzy: 0.2 }).map(({ name }) => name);
console.log(
  `5 changes, ${runs} runs; "bicycle" finds ${found("bicycle").join(", ")}; "racng" finds ${found("racng").join(", ")}`,
);
if (runs !== 4 || found("bicycle").join() !== "Red bicycle" || found("racng").join() !== "Blue racing bike")
  process.exitCode = 1;
await close();
