// The API pages of the site: one page for each function, class and type that an entry of the package exports, with the
// doc comments of the source. tools/docs.ts runs it.
import { readFileSync } from "node:fs";
import { Converter } from "typedoc";

const { name, exports } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
/** Names of the entries as consumers import them, by source file. */
const names = new Map(
  Object.entries(exports)
    .filter(([, target]) => target.types !== undefined)
    .map(([entry, { types }]) => [findSource(types), entry.replace(/^\./, name)]),
);

/** Where a file of declarations in the package comes from. */
function findSource(declarations) {
  const file = declarations.replace(/^\.\/dist\//, "").replace(/\.d\.ts$/, ".ts");
  return file.startsWith("entra/") ? file : `src/${file}`;
}

/** TypeDoc names a module after its file. */
function nameEntries({ converter }) {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      const file = [...names.keys()].find((source) => source.replace(/(?:\/index)?\.ts$/, "") === module.name);
      if (file === undefined) throw new Error(`no entry of the package is ${module.name}`);
      module.name = names.get(file);
    }
  });
}

export default {
  plugin: ["typedoc-plugin-markdown", nameEntries],
  entryPoints: [...names.keys()].map((file) => `../../${file}`),
  tsconfig: "tsconfig.api.json",
  out: ".pages/api",
  name: "API",
  readme: "none",
  entryFileName: "index",
  disableSources: true,
  excludePrivate: true,
  // The types of the platform, such as Request, have no page.
  validation: { notExported: false },
  groupOrder: ["Functions", "Classes", "Variables", "*"],
  indexFormat: "table",
  hideBreadcrumbs: true,
  hidePageHeader: true,
  textContentMappings: { "title.indexPage": "API", "title.memberPage": "{name}", "title.modulePage": "{name}" },
};
