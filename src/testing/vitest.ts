import type {} from "vitest";
import type { MailMatchers } from "./mail-matchers.ts";

export { mailMatchers } from "./mail-matchers.ts";

declare module "vitest" {
  interface Assertion<T> extends MailMatchers<void> {}
  interface AsymmetricMatchersContaining extends MailMatchers<unknown> {}
}
