/** The version in package.json; test/package.test.ts compares the two. */
export const VERSION = "0.1.0";
