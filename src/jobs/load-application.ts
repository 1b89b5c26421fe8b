/**
 * The one import that runs up: from mailers and messages to the application that carries them. It is made when the first message is used,
 * so a file that only defines mailers loads none of it, a bundler follows it, and nothing has to be imported for its side effects.
 * biome.json leaves this file out, because the linter takes an import at run time for one of a cycle.
 */
export function loadCurrentApp() {
  return import("../app/current-app.ts");
}
