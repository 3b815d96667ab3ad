import type { RotationReport } from "./run.ts";

/** Answers that the program prints of each step. */
const shownRefusals = 5;

/** Why a run failed; empty if each key signed, and no request was refused. */
export function listFaults({ reports }: RotationReport): readonly string[] {
  const refused = reports.flatMap(({ name, refused }) =>
    refused.length === 0
      ? []
      : [`${name}: refused ${refused.length}, such as ${refused.slice(0, shownRefusals).join("; ")}`],
  );
  const uses = [0, 1].flatMap((key) =>
    (["signed", "signedIn"] as const)
      .filter((use) => !reports.some((report) => (report[use][key] ?? 0) > 0))
      .map((use) => `key ${key + 1} never ${use === "signed" ? "signed for the origin" : "signed in at Entra"}`),
  );
  return [...refused, ...uses];
}

/** Writes the table of a run, in Markdown. */
export function describeRotation({ reports }: RotationReport): string {
  const rows = reports.map(
    ({ name, requests, signed, signedIn, refused }) =>
      `| ${name} | ${requests} | ${signed.join(", ")} | ${signedIn.join(", ")} | ${refused.length} |`,
  );
  return `| step | requests | for the origin, by the old and the new key | sign-ins at Entra, by the old and the new key | refused |
|---|---|---|---|---|
${rows.join("\n")}`;
}
