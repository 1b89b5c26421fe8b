/** The same in one file, which loads four times as fast. */
declare module "css-tree/dist/csstree.esm" {
  export * from "css-tree";
}
