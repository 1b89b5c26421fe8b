import type { Registry } from "../jobs/handler.ts";
import { isMailer } from "../mailers/handler.ts";
import type { PreviewRegistry } from "../mailers/preview.ts";
import { kebabCase } from "../rendering/templates/template-files.ts";

/** An action that nothing can be shown of. */
export interface WithoutPreview {
  readonly mailer: string;
  readonly action: string;
  /** What to write, and where. */
  readonly hint: string;
}

export function withoutPreview(mailers: Registry, previews: PreviewRegistry): readonly WithoutPreview[] {
  return mailers
    .all()
    .filter((handler) => isMailer(handler))
    .flatMap(({ name: mailer, actionNames }) =>
      actionNames
        .filter((action) => previews.of(mailer, action).length === 0)
        .map((action) => ({ mailer, action, hint: hintFor(mailer, action) })),
    );
}

function hintFor(mailer: string, action: string): string {
  return `previews(${mailer}, { ${action}: { normal: [/* its arguments */] } }) in mailers/${kebabCase(mailer)}.preview.ts`;
}
