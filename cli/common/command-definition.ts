import type { ExitCode } from "./exit-code.ts";

/**
 * What a command takes, and what its help says. `cli/main.ts` makes the command line of these, and
 * `tools/generate/cli.ts` their sections in the pages of the command line.
 */
export interface CommandDefinition {
  readonly name: string;
  readonly summary: string;
  readonly arguments?: readonly ArgumentDefinition[];
  readonly options: OptionDefinitions;
  /** Lines for a shell, some with what they do. */
  readonly examples: readonly string[];
  /** What each exit code means. */
  readonly exitCodes: Readonly<Partial<Record<ExitCode, string>>>;
}

export interface ArgumentDefinition {
  /** `<file>`, or `[file]` if it may be absent. */
  readonly name: string;
  readonly text: string;
  readonly default?: string;
}

/** Options by their flags: `--json`, `--no-verify`, `--keys <file>`, `--matrix [form]`, `--scope <name...>`. */
export type OptionDefinitions = Readonly<Record<string, string | OptionDetails>>;

export interface OptionDetails {
  readonly text: string;
  readonly default?: string;
  readonly choices?: readonly string[];
  /** Options that it excludes, by the names of their values: `dryRun`. */
  readonly conflicts?: readonly string[];
  readonly isRequired?: true;
  /** Whether a second value is a mistake. Otherwise the last value counts, and all values of `<name...>`. */
  readonly isSingle?: true;
}

/** Values of arguments, in their order. */
export type ArgumentsOf<D extends CommandDefinition> = D extends { arguments: infer A } ? ValuesOf<A> : [];

type ValuesOf<A> = { -readonly [I in keyof A]: string | (IsGiven<A[I]> extends true ? never : undefined) };

/** Values of options by their names: `--dry-run` becomes `dryRun`. */
export type OptionsOf<O extends OptionDefinitions> = {
  readonly [F in keyof O as IsGiven<O[F], F> extends true ? MemberOf<F> : never]: ValueOf<F, O[F]>;
} & {
  readonly [F in keyof O as IsGiven<O[F], F> extends true ? never : MemberOf<F>]?: ValueOf<F, O[F]>;
};

/** Whether there is always a value. */
type IsGiven<D, F = ""> = F extends `--no-${string}`
  ? true
  : D extends { name: `<${string}` } | { default: string } | { isRequired: true }
    ? true
    : false;

type MemberOf<F> = F extends `${infer Name} ${string}`
  ? MemberOf<Name>
  : F extends `--no-${infer Name}`
    ? Camel<Name>
    : F extends `--${infer Name}`
      ? Camel<Name>
      : never;

type Camel<N extends string> = N extends `${infer First}-${infer Rest}` ? `${First}${Capitalize<Camel<Rest>>}` : N;

type ValueOf<F, D> = F extends `--no-${string}`
  ? boolean
  : F extends `${string} <${string}...>`
    ? readonly string[]
    : F extends `${string} <${string}`
      ? WordOf<D>
      : true | (F extends `${string} [${string}` ? WordOf<D> : never);

type WordOf<D> = D extends { choices: readonly (infer Choice)[] } ? Choice : string;
