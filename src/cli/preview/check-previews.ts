import { openPreviewer } from "../../app/current-app.ts";
import { registry } from "../../jobs/handler.ts";
import { previewRegistry } from "../../mailers/preview.ts";
import { adviceOnMail } from "../../previews/advice.ts";
import type { PreviewResult } from "../../previews/showing.ts";
import { withoutPreview } from "../../previews/without-preview.ts";
import type { UnloadedFile } from "../command.ts";
import type { Finding } from "./finding.ts";
import { failureText, nameOf, stoppedLine } from "./preview-report.ts";

export interface PreviewCheck {
  readonly unloaded: readonly UnloadedFile[];
  /** The names that mails may give for their transport. */
  readonly transports: readonly string[];
  /** The mails that went to many people, as `Mailer.action`. */
  readonly newsletters: ReadonlySet<string>;
}

/** Makes the mail of every preview in every language, and compares what templates prepare once with what is made anew. */
export async function checkPreviews({ unloaded, transports, newsletters }: PreviewCheck): Promise<Finding> {
  const previewer = await openPreviewer({ verifying: true });
  const problems = unloaded.map(({ file, problem }) => `${file}: ${problem}`);
  const advice: string[] = [];
  for (const preview of previewRegistry.all())
    for (const showing of await previewer.show(preview)) {
      problems.push(...problemsOf(showing, transports));
      advice.push(...adviceOn(showing, newsletters));
    }
  for (const { mailer, action, hint } of withoutPreview(registry, previewRegistry))
    advice.push(`${mailer}.${action} has no preview: write ${hint}`);
  return { part: "previews", problems, advice };
}

function problemsOf(showing: PreviewResult, transports: readonly string[]): readonly string[] {
  if (showing.kind === "failed") return [failureText(showing)];
  if (showing.kind === "stopped") return [];
  const { transport } = showing.mail;
  if (transport === undefined || transports.includes(transport)) return [];
  return [`${nameOf(showing)} names the transport "${transport}"; there are ${transports.join(", ")}`];
}

function adviceOn(showing: PreviewResult, newsletters: ReadonlySet<string>): readonly string[] {
  if (showing.kind === "stopped") return [stoppedLine(showing)];
  if (showing.kind === "failed") return [];
  return adviceOnMail(showing, newsletters).map((advice) => `${nameOf(showing)}: ${advice}`);
}
