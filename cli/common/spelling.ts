import { parse } from "smol-toml";
import { downstreamVariables, knownVariables, namesOf, revocationVariables } from "../../src/cli-exports/policy.ts";

/** The files that contain the settings of a gate. */
export interface Place {
  /** Name of Wrangler's file; absent if there is none. */
  readonly file?: string;
  /** Environment of Wrangler. */
  readonly env?: string;
  /** Value of `--config`, which Wrangler's commands need too. */
  readonly config?: string;
  /** File of each variable. */
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * Writes a repair in a form that can be copied: variables and settings in the syntax of their file, and secrets as
 * commands with the environment.
 *
 * @param fix in the form for the shell and for TOML: `ENTRA_ACCEPT_V1=true`, `workers_dev = false`
 */
export function spellRepair(fix: string, { file, env, config, sources }: Place): string {
  const isJson = file !== undefined && /\.jsonc?$/.test(file);
  const flags = [...(env ? [`--env ${env}`] : []), ...(config ? [`--config ${config}`] : [])].join(" ");
  const settled = isJson ? fix.replace(/^[a-z_]+ = .+?(?=, and |$)/, spellMembers) : fix;
  return settled
    .replace(/\b([A-Z]+(?:_[A-Z0-9]+)+)=([^\s,;]+)/g, (assignment, name: string, value: string) => {
      const isInWrangler = sources.get(name)?.startsWith("wrangler") ?? !sources.has(name);
      if (file === undefined || !isInWrangler) return assignment;
      return isJson ? `${JSON.stringify(name)}: ${JSON.stringify(value)}` : `${name} = ${JSON.stringify(value)}`;
    })
    .replace(/(?:npx )?wrangler secret put (\w+)/g, (_, name) => `npx wrangler secret put ${name} ${flags}`.trim())
    .replaceAll("wrangler.toml", file ?? "wrangler.toml");
}

function spellMembers(toml: string): string {
  const members = Object.entries(parse(toml));
  return members.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(", ");
}

/** @returns the probable meaning of a name that the gate does not read; `undefined` for a name of the gate */
export function findMeant(name: string): string | undefined {
  const known = [...namesOf({ ...knownVariables, ...downstreamVariables, ...revocationVariables }), "GLOBAL_LIMITER"];
  return known.includes(name) ? undefined : findSimilar(name, known);
}

/** At most a third of a name may differ. */
const sharePerEdit = 3;
const editsMaximum = 3;

function findSimilar(name: string, known: readonly string[]): string | undefined {
  const [closest] = known
    .map((candidate) => ({ candidate, edits: countEdits(name.toUpperCase().replaceAll("-", "_"), candidate) }))
    .filter(({ edits }) => edits <= Math.min(editsMaximum, name.length / sharePerEdit))
    .sort((a, b) => a.edits - b.edits);
  return closest?.candidate;
}

/** Number of characters to insert, delete or replace to change one text into the other (Levenshtein distance). */
function countEdits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, character] of [...from].entries()) {
    const next = [index + 1];
    for (const [column, other] of [...to].entries()) {
      next.push(Math.min(row[column]! + Number(character !== other), row[column + 1]! + 1, next[column]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
