// Copies the files of Swagger UI that the page of `docs()` needs into a folder of static assets: see
// docs/how-to/publish-openapi.md.
import { copyFile, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

const names = ["swagger-ui.css", "swagger-ui-bundle.js", "oauth2-redirect.js", "LICENSE"];

/**
 * Copies the files into `swagger-ui/` below a folder.
 *
 * @param folder of static assets; created if it does not exist
 */
export async function copyDocs(folder: string): Promise<void> {
  const from = path.dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  const to = path.join(folder, "swagger-ui");
  await mkdir(to, { recursive: true });
  for (const name of names) await copyFile(path.join(from, name), path.join(to, name));
}

if (import.meta.main) await copyDocs(process.argv[2] ?? "assets");
