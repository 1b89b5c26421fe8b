import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Project } from "./project.ts";
import { toCommonJs } from "./to-commonjs.ts";

/** What the package brings for `init` to write. */
const STARTER = fileURLToPath(new URL("../../../starter/", import.meta.url));
const WITH_MONGOOSE = ".mongoose.";

/** A file as it is to be in the project, by its path there. */
export interface StarterFile {
  readonly path: string;
  readonly content: string;
}

/** The files that `init` writes into a project of this kind. */
export function starterFiles(project: Project): readonly StarterFile[] {
  const code = join(STARTER, project.isTypeScript ? "typescript" : "javascript");
  const sources = filesBelow(code)
    .filter((path) => isFor(path, project))
    .map((path) => ({
      path: pathIn(project, path.replace(WITH_MONGOOSE, ".")),
      content: adapted(readFileSync(join(code, path), "utf8"), path, project),
    }));
  const templates = filesBelow(join(STARTER, "templates")).map((path) => ({
    path: join("templates", path),
    content: readFileSync(join(STARTER, "templates", path), "utf8"),
  }));
  const environment = { path: ".env.example", content: environmentExample(project) };
  return [...sources, ...templates, environment].map(({ path, content }) => ({
    path,
    content: content.replaceAll("__NAME__", project.name).replaceAll("__INITIAL__", project.name.charAt(0)),
  }));
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length)
        .replace(/^[\\/]/, ""),
    )
    .sort();
}

/** Of the two workers, one is for projects with mongoose. */
function isFor(path: string, project: Project): boolean {
  return !path.startsWith("workers") || path.includes(WITH_MONGOOSE) === project.has("mongoose");
}

/** Jest reads no ES module from CommonJS, and this package is one: there the test is Node's own, by a name that Jest passes over. */
function pathIn(project: Project, path: string): string {
  return project.testRunner === "jest" && project.isCommonJs ? path.replace(".test.", ".node.") : path;
}

function adapted(text: string, path: string, project: Project): string {
  const tested = path.startsWith("test") ? forTestRunner(text, project) : text;
  const ended = tested.replace(/("\.\.?\/[^"]+)\.[jt]s"/g, `$1${project.importEnding}"`);
  return project.isCommonJs ? toCommonJs(ended, project.isTypeScript) : ended;
}

function forTestRunner(text: string, { testRunner, isCommonJs }: Project): string {
  if (testRunner === "vitest") return text.replace('"node:test"', '"vitest"');
  if (testRunner === "node:test" || isCommonJs) return text;
  const note = "// Jest reads ES modules with NODE_OPTIONS=--experimental-vm-modules.\n";
  return note + text.replace(/^import .* from "node:test";\n/m, "");
}

function environmentExample(project: Project): string {
  const { pathname } = new URL(`mongodb://x/${project.name.toLowerCase().replaceAll(" ", "-")}`);
  return `# Copy this file to .env: npx delayed-mailer and the worker read it. What the environment says wins.

# The sender of mails that name none.
MAIL_FROM="__NAME__ <hello@example.com>"
# What links in mails begin with.
DELAYED_MAILER_BASE_URL=https://example.com
# Signs the unsubscribe links of newsletters. Make one: openssl rand -hex 32
UNSUBSCRIBE_SECRET=

# The mail server. Without it mails become files in .delayed-mailer/inbox; in production it has to be set.
# SMTP_URL=smtp://user:password@mail.example.com:587

# Calls that wait for a worker are kept in MongoDB where this is set, else in .delayed-mailer/store.sqlite.
${project.has("mongoose") ? "" : "# "}MONGODB_URI=mongodb://127.0.0.1:27017${pathname}

# On a staging system: this address gets every mail instead of its recipients.
# DELAYED_MAILER_REDIRECT_TO=team@example.com
`;
}
