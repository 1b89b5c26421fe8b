import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

/** A page with its styles in its head. */
export interface Case {
  readonly name: string;
  readonly html: string;
  /** What it is sent as. Defaults to itself with its styles inlined. */
  readonly after?: string;
}

/** Kept between runs, and in no repository: nothing of these packages is ours. */
const CACHE = resolve("node_modules/.cache/differential");
const PACKAGES = ["foundation-emails@2.4.0", "mjml@5", "mailgen@2"];

/** Mail templates that others have published to npm, as their authors mean them to be sent. */
export async function kits(): Promise<readonly Case[]> {
  install();
  return [...foundation(), ...(await mjml()), ...mailgen()];
}

function install(): void {
  if (existsSync(join(CACHE, "installed"))) return;
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(join(CACHE, "package.json"), '{ "private": true }');
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefix", CACHE];
  execFileSync("npm", ["install", ...flags, ...PACKAGES], { stdio: ["ignore", "ignore", "inherit"] });
  writeFileSync(join(CACHE, "installed"), "");
}

function packageFolder(name: string): string {
  return join(CACHE, "node_modules", name);
}

/** A package of the cache, which none of ours depends on. */
function fetched(name: string): unknown {
  return createRequire(join(CACHE, "package.json"))(name);
}

function foundation(): readonly Case[] {
  const folder = packageFolder("foundation-emails");
  const css = readFileSync(join(folder, "dist/foundation-emails.css"), "utf8");
  const templates = readdirSync(join(folder, "templates")).filter((name) => name.endsWith(".html"));
  return templates.map((name) => ({
    name: `foundation-emails ${name}`,
    html: readFileSync(join(folder, "templates", name), "utf8").replace(
      /<link[^>]*foundation[^>]*>/i,
      () => `<style>${css}</style>`,
    ),
  }));
}

type Mjml = (source: string) => Promise<{ readonly html: string }>;

/** The examples in the pages of MJML's components. */
async function mjml(): Promise<readonly Case[]> {
  const toHtml = (fetched("mjml") as { readonly default?: Mjml }).default ?? (fetched("mjml") as Mjml);
  const cases: Case[] = [];
  for (const component of readdirSync(join(CACHE, "node_modules")).filter((name) =>
    name.startsWith("mjml-"),
  )) {
    const page = join(packageFolder(component), "README.md");
    const text = existsSync(page) ? readFileSync(page, "utf8") : "";
    const examples = [...text.matchAll(/<mjml>[\s\S]*?<\/mjml>/g)].filter(
      ([source]) => !source.includes("mj-include"),
    );
    for (const [index, [source]] of examples.entries())
      cases.push({ name: `${component} ${index + 1}`, html: (await toHtml(source)).html });
  }
  return cases;
}

interface Generator {
  generate(mail: object): string;
}

function mailgen(): readonly Case[] {
  const Mailgen = fetched("mailgen") as new (options: object) => Generator;
  const product = { name: "Shop", link: "https://shop.test/" };
  const button = { color: "#22BC66", text: "Confirm", link: "https://shop.test/confirm" };
  const table = {
    data: [
      { item: "Tea", price: "3.50" },
      { item: "Cup", price: "12.00" },
    ],
  };
  const body = {
    name: "Ann",
    intro: "Welcome.",
    action: { instructions: "Start:", button },
    table,
    outro: "Bye.",
  };
  return ["default", "neopolitan", "salted", "cerberus"].map((theme) => ({
    name: `mailgen ${theme}`,
    html: new Mailgen({ theme, product }).generate({ body }),
  }));
}
