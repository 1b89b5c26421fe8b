import { dirname, relative, sep } from "node:path";
import { CLIPPED_OVER, inKilobytes } from "../../rendering/clipping.ts";
import { escapeHtml } from "../../rendering/helpers/escape-html.ts";
import type { WrittenPreview } from "./preview-files.ts";

const STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
html { background: Canvas; color: CanvasText }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin: 2rem 0 0.5rem; font-size: 1.1rem }
ul { margin: 0; padding: 0; list-style: none }
li { padding: 0.6rem 0; border-top: 1px solid #8886 }
a { margin-right: 0.8rem }
small { opacity: 0.75 }
strong { margin-right: 0.8rem; font-weight: 600 }`;

/** A page that links to all that was written. @param path where the page will be */
export function previewIndex(written: readonly WrittenPreview[], path: string): string {
  const names = [...new Set(written.map(nameOf))];
  const parts = names.map((name) => {
    const rows = written.filter((each) => nameOf(each) === name).map((each) => row(each, path));
    return `<h2>${escapeHtml(name)}</h2>\n<ul>\n${rows.join("\n")}\n</ul>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Previews</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Previews</h1>
${parts.join("\n")}
</body>
</html>
`;
}

function nameOf({ preview }: WrittenPreview): string {
  return `${preview.mailer}.${preview.action}`;
}

function row({ preview, locales, subject, htmlBytes, files }: WrittenPreview, path: string): string {
  const link = (file: string, label: string) => `<a href="${urlOf(file, path)}">${escapeHtml(label)}</a>`;
  const links = [
    ...(files.html === undefined ? [] : [link(files.html, "html")]),
    ...[link(files.text, "text"), link(files.headers, "headers"), link(files.eml, "eml")],
    ...files.attachments.map((file) => link(file.path, file.filename)),
  ];
  const size = `${inKilobytes(htmlBytes)} of html; Gmail shows ${inKilobytes(CLIPPED_OVER)}`;
  const warning = htmlBytes > CLIPPED_OVER ? `<br><small>${size}</small>` : "";
  const head = `<strong>${escapeHtml(preview.scenario)}</strong><small>${escapeHtml(locales.join(", "))}</small>`;
  return `<li>${head}<br>${escapeHtml(subject)}<br>${links.join("")}${warning}</li>`;
}

function urlOf(file: string, path: string): string {
  const segments = relative(dirname(path), file).split(sep);
  return segments.map(encodeURIComponent).join("/");
}
