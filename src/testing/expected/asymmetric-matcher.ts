/** Stands for any value that it takes, as `expect.any(String)` does; those of Vitest, Jest and Sinon can be used just as well. */
export interface AsymmetricMatcher {
  asymmetricMatch(value: unknown): boolean;
}

export function isStandIn(value: unknown): value is AsymmetricMatcher {
  return (
    typeof value === "object" &&
    value !== null &&
    "asymmetricMatch" in value &&
    typeof value.asymmetricMatch === "function"
  );
}
