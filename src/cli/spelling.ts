import { parse } from "smol-toml";
import { variableNames } from "../config/config.ts";

/** Where the settings of a gate are written down. */
export interface Place {
  /** Name of wrangler's file; absent where there is none. */
  readonly file?: string;
  /** Environment of wrangler. */
  readonly env?: string;
  /** Value of `--config`, which commands of wrangler need too. */
  readonly config?: string;
  /** Which variables are set in which file. */
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * Writes a repair so that it can be copied: variables and settings in the syntax of their file, and secrets commands with
 * the environment.
 *
 * @param fix as it would be for the shell and for TOML: `ENTRA_ACCEPT_V1=true`, `workers_dev = false`
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

/** Names that the gate reads and that are no variables. */
const bindingNames = ["ORIGIN", "RATE_LIMITER", "GLOBAL_LIMITER", "TOKEN_CACHE", "TOKEN_CACHE_KEY", "DECISIONS"];

/** @returns what a name that the gate does not read was probably meant to be; `undefined` for a name of its own */
export function findMeant(name: string): string | undefined {
  const known = [...variableNames, ...bindingNames];
  return known.includes(name) ? undefined : findSimilar(name, known);
}

/** A third of a name may differ: more is another name. */
const sharePerEdit = 3;
const editsMaximum = 3;

function findSimilar(name: string, known: readonly string[]): string | undefined {
  const [closest] = known
    .map((candidate) => ({ candidate, edits: countEdits(name.toUpperCase().replaceAll("-", "_"), candidate) }))
    .filter(({ edits }) => edits <= Math.min(editsMaximum, name.length / sharePerEdit))
    .sort((a, b) => a.edits - b.edits);
  return closest?.candidate;
}

/** Characters to insert, delete or replace to make one text of the other (Levenshtein's distance). */
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
