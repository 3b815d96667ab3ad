/** A setting of wrangler.toml that is off: lines that begin with `#` and no space. */
export interface SwitchedOff {
  /** The table that contains it, such as `env.production.vars`, or its own table. */
  readonly table: string;
  /** Without the `#`. */
  readonly lines: readonly string[];
  readonly firstLine: number;
}

const off = /^#(?=[^ \n])/;

/** Settings that are off, one for each block of lines. */
export function listSwitchedOff(text: string): readonly SwitchedOff[] {
  const settings: SwitchedOff[] = [];
  let table = "";
  let run: { lines: string[]; firstLine: number } | undefined;
  for (const [index, line] of [...text.split("\n"), ""].entries()) {
    if (off.test(line)) {
      run ??= { lines: [], firstLine: index };
      run.lines.push(line.slice(1));
      continue;
    }
    if (run !== undefined) settings.push({ table: tableOf(run.lines[0] ?? "") ?? table, ...run });
    run = undefined;
    table = tableOf(line) ?? table;
  }
  return settings;
}

/** The same file with some settings switched on. */
export function switchOn(text: string, isChosen: (setting: SwitchedOff) => boolean): string {
  const lines = text.split("\n");
  for (const { lines: own, firstLine } of listSwitchedOff(text).filter(isChosen)) {
    lines.splice(firstLine, own.length, ...own);
  }
  return lines.join("\n");
}

function tableOf(line: string): string | undefined {
  return /^\[\[?([^\]]+)\]\]?$/.exec(line)?.[1];
}
