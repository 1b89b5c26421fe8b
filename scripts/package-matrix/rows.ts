/** One way in which people have the package. */
export interface Row {
  readonly node: "20.20" | "22" | "24" | "26";
  readonly manager: "npm" | "pnpm" | "yarn";
  readonly language: "TypeScript" | "JavaScript";
  readonly modules: "ESM" | "CommonJS";
  readonly mongoose: "8" | "9";
}

const [TS, JS] = ["TypeScript", "JavaScript"] as const;
const [ESM, CJS] = ["ESM", "CommonJS"] as const;

/** Any value of any axis meets any value of any other in one of them; test/scripts/package-matrix.test.ts counts. */
export const ROWS: readonly Row[] = [
  { node: "20.20", manager: "npm", language: TS, modules: ESM, mongoose: "8" },
  { node: "20.20", manager: "pnpm", language: JS, modules: CJS, mongoose: "9" },
  { node: "20.20", manager: "yarn", language: JS, modules: ESM, mongoose: "9" },
  { node: "22", manager: "npm", language: JS, modules: CJS, mongoose: "9" },
  { node: "22", manager: "pnpm", language: TS, modules: ESM, mongoose: "8" },
  { node: "22", manager: "yarn", language: TS, modules: CJS, mongoose: "8" },
  { node: "24", manager: "npm", language: TS, modules: CJS, mongoose: "8" },
  { node: "24", manager: "pnpm", language: JS, modules: ESM, mongoose: "8" },
  { node: "24", manager: "yarn", language: TS, modules: CJS, mongoose: "9" },
  { node: "26", manager: "npm", language: JS, modules: ESM, mongoose: "9" },
  { node: "26", manager: "pnpm", language: TS, modules: CJS, mongoose: "9" },
  { node: "26", manager: "yarn", language: JS, modules: CJS, mongoose: "8" },
];

const AXES = ["node", "manager", "language", "modules", "mongoose"] as const;

/** The pairs of values that no row has together, as `node=24 manager=yarn`. */
export function missingPairs(rows: readonly Row[]): readonly string[] {
  const pairs = (values: readonly string[]) =>
    values.flatMap((value, index) => values.slice(index + 1).map((other) => `${value} ${other}`));
  const met = new Set(rows.flatMap((row) => pairs(AXES.map((axis) => `${axis}=${row[axis]}`))));
  return AXES.flatMap((axis, index) =>
    AXES.slice(index + 1).flatMap((other) =>
      valuesOf(axis, rows).flatMap((value) =>
        valuesOf(other, rows).map((otherValue) => `${axis}=${value} ${other}=${otherValue}`),
      ),
    ),
  ).filter((pair) => !met.has(pair));
}

function valuesOf(axis: (typeof AXES)[number], rows: readonly Row[]): readonly string[] {
  return [...new Set(rows.map((row) => row[axis]))];
}
