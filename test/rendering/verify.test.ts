import { describe, expect, it } from "vitest";
import { z } from "zod";
import { helper } from "../../src/rendering/helpers/helper.ts";
import { HtmlTemplate } from "../../src/rendering/templates/html-template.ts";
import { TemplateEngine } from "../../src/rendering/templates/template-engine.ts";
import type { TemplateFault } from "../../src/rendering/templates/template-problem.ts";
import { setupTemplates } from "../support/templates.ts";

const SOURCE = "<style>p { color: red }</style><p>{{name}}</p>";

/** A template whose prepared form is compiled from something else than it was given. */
function tampered(other: string | undefined): HtmlTemplate {
  const engine = new TemplateEngine();
  const parse = (text: string) => engine.parse({ key: "m/a.html.hbs", text });
  return new HtmlTemplate({
    engine,
    key: "m/a.html.hbs",
    program: parse(SOURCE),
    source: {
      partial: () => undefined,
      parse: () => undefined,
      hasHelper: () => false,
      givesHtml: () => false,
    },
    stylesheets: () => ({ embed: (text) => text, linked: () => [] }),
    compile: (program) =>
      engine.compile(other === undefined ? program : parse(other), "html", { strict: true }),
  });
}

function verify(template: HtmlTemplate): void {
  const engine = new TemplateEngine();
  const whole = engine.compile(engine.parse({ key: "m/a.html.hbs", text: SOURCE }), "html", { strict: true });
  template.verify((given = whole) => given({ name: "Ann" }));
}

describe("verifying", () => {
  it("agrees where inlining once gives what inlining the finished mail gives", () => {
    const template = tampered(undefined);
    expect(template.reasons).toEqual([]);
    expect(() => verify(template)).not.toThrow();
  });

  it("names the template, and the first difference, where it does not", () => {
    let fault: TemplateFault | undefined;
    try {
      verify(tampered('<p style="color: blue;">{{name}}</p>'));
    } catch (error) {
      fault = error as TemplateFault;
    }
    expect(fault?.key).toBe("m/a.html.hbs");
    expect(fault?.message).toBe(
      'styles inlined once would give "blue;\\">Ann</p>" where this mail made by itself has "red;\\">Ann</p>"; a fault of delayed-mailer: report it with the template',
    );
  });

  it("is at peace with helpers that give something else at every call", async () => {
    let calls = 0;
    const ticket = helper({ args: z.tuple([]) }, () => `T${++calls}`);
    const files = { "user-mailer/welcome.html.hbs": `${SOURCE}<p>{{ticket}}</p>` };
    const { render } = await setupTemplates(files, { verifying: true, helpers: { ticket } });
    expect((await render({ locals: { name: "Ann" } })).html).toContain('<p style="color: red;">T');
  });
});
