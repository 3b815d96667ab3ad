import { listPromises, type SecurityPromise } from "./security-promises.ts";
import { listTaggedTests, type TaggedTest } from "./tagged-tests.ts";

const introduction = `# Promises and their tests

This page is for reviewers who want to know which test holds a promise of [SECURITY.md](../../SECURITY.md#what-the-gate-promises). Such a
test has the ID of the promise as a tag, and \`npm run generate\` writes this page from the tags.

Below a promise are the files, and below a file its tests. A title that ends with a colon is that of a group, with its tests below it. A title
with \`%s\` or \`\${…}\` stands for several tests, and so does the title of a group alone. To run the tests of a promise, name one of their files:

\`\`\`sh
npx vitest run test/extensions/authorities/gate.test.ts --tags-filter keys-per-authority
\`\`\`
`;

const end = `## Next

- [Security](../../SECURITY.md): the promises in words, and what the gate does not promise.
- [Security baseline](security-baseline.md): the proof of each control.
`;

/** Writes docs/explanation/promises.md: the promises of SECURITY.md with the tests that have their tags. */
export function renderPromisesPage(): string {
  return renderPromises(listPromises(), listTaggedTests());
}

/**
 * Writes a page of promises and their tests.
 *
 * @throws Error that names each promise without a test, and each tag without a promise
 */
export function renderPromises(promises: readonly SecurityPromise[], tests: readonly TaggedTest[]): string {
  const ids = promises.map(({ id }) => id);
  const faults = [
    ...ids.filter((id, index) => ids.indexOf(id) < index).map((id) => `SECURITY.md has the promise ${id} twice`),
    ...ids.filter((id) => !tests.some(({ tags }) => tags.includes(id))).map((id) => `no test has the tag ${id}`),
    ...tests.flatMap(({ file, title, tags }) =>
      tags
        .filter((tag) => !ids.includes(tag))
        .map((tag) => `${file}: "${title}" has the tag ${tag}, which is no promise of SECURITY.md`),
    ),
  ];
  if (faults.length > 0) throw new Error(faults.join("\n"));
  const lists = ids.map((id) =>
    renderTests(
      id,
      tests.filter(({ tags }) => tags.includes(id)),
    ),
  );
  return [introduction, ...lists, end].join("\n");
}

/** Writes each file and each group once, and each test in a line of its own, so that a lost tag shows in the diff. */
function renderTests(id: string, tests: readonly TaggedTest[]): string {
  const lines = tests.flatMap(({ file, title }, index) => {
    const before = tests[index - 1];
    const { group, name } = splitTitle(title);
    const isNewFile = file !== before?.file;
    const isNewGroup = isNewFile || group !== splitTitle(before?.title ?? "").group;
    return [
      ...(isNewFile ? [`- \`${file}\``] : []),
      ...(group !== "" && isNewGroup ? [`  - ${toCode(group)}:`] : []),
      `${group === "" ? "  " : "    "}- ${toCode(name)}`,
    ];
  });
  return [`## \`${id}\``, "", ...lines, ""].join("\n");
}

/** Separates the title of a test from those of its groups. */
function splitTitle(title: string): { readonly group: string; readonly name: string } {
  const at = title.lastIndexOf(" > ");
  return at < 0 ? { group: "", name: title } : { group: title.slice(0, at), name: title.slice(at + 3) };
}

/** Writes any text as code. */
function toCode(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}
