import type { Project } from "./project.ts";

/** A change of a file that is there. */
export interface Change {
  readonly path: string;
  readonly content: string;
  /** What is new in it. */
  readonly added: readonly string[];
}

/** The scripts that a project gets, but for those it has. */
export function addScripts(project: Project): Change {
  const wanted = { worker: workerCommand(project), mail: "delayed-mailer" };
  const added = Object.entries(wanted).filter(([name]) => !Object.hasOwn(project.scripts, name));
  const manifest = JSON.parse(project.manifest) as Record<string, unknown>;
  const scripts = { ...project.scripts, ...Object.fromEntries(added) };
  const [, indent = "  "] = /^([ \t]+)"/m.exec(project.manifest) ?? [];
  return {
    path: "package.json",
    content: `${JSON.stringify({ ...manifest, scripts }, undefined, indent)}\n`,
    added: added.map(([name, command]) => `"${name}": "${command}"`),
  };
}

/** How the worker's file is run. */
function workerCommand(project: Project): string {
  if (!project.isTypeScript) return "node workers/mail-worker.js";
  return `${needsTsx(project) ? "tsx" : "node"} workers/mail-worker.ts`;
}

/** Node reads TypeScript by itself from 22.18 on, where imports end in ".ts" and modules are ES modules. */
export function needsTsx(project: Project): boolean {
  if (!project.isTypeScript) return false;
  const nodeReadsIt = Boolean(Reflect.get(process.features, "typescript"));
  return project.has("tsx") || !nodeReadsIt || project.isCommonJs || project.importEnding !== ".ts";
}
