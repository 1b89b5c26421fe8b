import { createRequire } from "node:module";
import type mongoose from "mongoose";

const require = createRequire(import.meta.url);

/** Other copies of mongoose, each with a driver of its own. Required, because the types of two versions cannot stand in one program. */
export const COPIES: readonly (readonly [name: string, copy: typeof mongoose])[] = [
  ["mongoose 8", require("mongoose8")],
  ["another mongoose 9", require("mongoose-copy")],
];
