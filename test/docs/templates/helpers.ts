import { z } from "zod";
import { configure, helper } from "../../../src/index.ts";

const stars = helper({ args: z.tuple([z.int().min(0).max(5)]) }, ({ args: [count] }) => "★".repeat(count));

const rate = helper(
  { args: z.tuple([z.number()]), named: z.strictObject({ per: z.enum(["month", "year"]) }) },
  ({ args: [price], named: { per }, locale }) =>
    `${price.toLocaleString(locale, { style: "currency", currency: "EUR" })} / ${per}`,
);

configure({ helpers: { stars, rate } }); // {{stars 4}}   {{rate plan.price per="year"}}
