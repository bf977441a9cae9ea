import { html, raw } from "hono/html";

interface Operation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: unknown;
  }[];
  readonly requestBody?: { readonly content?: Record<string, { readonly schema?: unknown }> };
  readonly responses?: Record<string, { readonly description?: string }>;
}

interface OpenApiDocument {
  readonly info: { readonly title: string; readonly version: string };
  readonly paths?: Record<string, Record<string, Operation>>;
}

interface Listed extends Operation {
  readonly method: string;
  readonly path: string;
}

const STYLE = `
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2733; }
  h2 { margin-top: 2.5rem; border-bottom: 1px solid #d5dde5; text-transform: capitalize; }
  details { margin: .4rem 0; } summary { cursor: pointer; }
  code, pre { font: 13px/1.45 ui-monospace, monospace; } pre { background: #f3f6f9; padding: .7rem; overflow: auto; }
  .method { display: inline-block; width: 4.5rem; font-weight: 700; text-transform: uppercase; }
  td { padding: .1rem .8rem .1rem 0; vertical-align: top; } nav a { margin-right: 1rem; }
`;

/** A reference that one page holds: no script, no asset from elsewhere. */
export function docsPage(document: OpenApiDocument): string {
  const groups = new Map<string, Listed[]>();
  for (const [path, methods] of Object.entries(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? "other";
      const listed = { ...operation, method, path };
      groups.set(tag, [...groups.get(tag) ?? [], listed]);
    }
  }
  const page = html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>Millrace API</title>
        <style>${raw(STYLE)}</style>
      </head>
      <body>
        <h1>${document.info.title} ${document.info.version}</h1>
        <p>Every route of this platform. <a href="/openapi.json">openapi.json</a> holds the same for tools.
        Users send <code>Authorization: Bearer &lt;token&gt;</code>, things <code>Authorization: Thing &lt;key&gt;</code>.
        Errors are <code>application/problem+json</code>.</p>
        <nav>${[...groups.keys()].map((tag) => html`<a href="#${tag}">${tag}</a>`)}</nav>
        ${[...groups].map(([tag, operations]) =>
          html`<h2 id="${tag}">${tag}</h2>${operations.map(operationEntry)}`
        )}</body>
    </html>
  `;
  return String(page);
}

function operationEntry(operation: Listed): ReturnType<typeof html> {
  const { method, path, summary, description, parameters = [] } = operation;
  const schema = operation.requestBody?.content?.["application/json"]?.schema;
  const body = schema === undefined ? "" : ` -H 'content-type: application/json' -d '{…}'`;
  const curl =
    `curl -X ${method.toUpperCase()} "$URL${path}" -H "Authorization: Bearer $TOKEN"${body}`;
  return html`<details><summary><span class="method">${method}</span><code>${path}</code> ${
    summary ?? ""
  }</summary>
    <p>${description ?? ""}</p>
    <table>${
    parameters.map((parameter) =>
      html`
        <tr>
          <td><code>${parameter.name}</code></td>
          <td>${parameter.in}${parameter.required === true ? ", required" : ""}</td>
          <td>${parameter.description ?? ""} <code>${JSON.stringify(
            parameter.schema ?? {},
          )}</code></td>
        </tr>
      `
    )
  }</table>
    ${schema === undefined ? "" : html`<pre>${JSON.stringify(schema, null, 2)}</pre>`}
    <pre>${curl}</pre>
    <table>${
    Object.entries(operation.responses ?? {}).map(([status, response]) =>
      html`
        <tr>
          <td>${status}</td>
          <td>${response.description ?? ""}</td>
        </tr>
      `
    )
  }</table></details>`;
}
