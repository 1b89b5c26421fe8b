import type {} from "expect";
import type { MailMatchers } from "./mail-matchers.ts";

export { mailMatchers } from "./mail-matchers.ts";

// For `import { expect } from "@jest/globals"`.
declare module "expect" {
  interface Matchers<R extends void | Promise<void>> extends MailMatchers<R> {}
  interface AsymmetricMatchers extends MailMatchers<unknown> {}
}

// For the globals of @types/jest.
declare global {
  namespace jest {
    interface Matchers<R> extends MailMatchers<R> {}
    interface Expect extends MailMatchers<unknown> {}
  }
}
