import type { authorityVariables } from "./authority-table.ts";
import type {
  downstreamVariables,
  entryVariables,
  gateVariables,
  issuerVariables,
  mcpVariables,
  revocationVariables,
  Written,
} from "./table.ts";
import type { Secret } from "./variables.ts";

/** The variables of a table, as a platform or the code of a worker sets them. */
type VariablesOf<Rows> = {
  readonly [Name in keyof Rows as Written<Name>]?: Rows[Name] extends readonly ["binding", ...unknown[]]
    ? object
    : Rows[Name] extends readonly ["secret"]
      ? Secret
      : string;
};

/**
 * Configuration in code, with the names of the environment. An adapter has no variables for an origin or a health page.
 * docs/reference/variables.md has the defaults. Items of a list are separated by commas or spaces.
 */
export interface EntraConfig extends VariablesOf<typeof entryVariables>, VariablesOf<typeof revocationVariables> {}

/** The variables and bindings that the gate reads. */
export interface GateVariables
  extends EntraConfig,
    VariablesOf<typeof gateVariables>,
    VariablesOf<typeof downstreamVariables> {}

/** The variables that a route of `entra-gate/mcp` reads. A gate without such a route does not know them. */
export interface McpVariables extends VariablesOf<typeof mcpVariables> {}

/** The variables that the option `issuer` reads. A gate without it refuses to start with them. */
export interface IssuerVariables extends VariablesOf<typeof issuerVariables> {}

/** The variables of named authorities. A gate without the option `authorities` refuses to start with them. */
export interface AuthorityVariables extends VariablesOf<typeof authorityVariables> {}

/** The variables of named origins. An object with the name `ORIGIN_<NAME>` is the binding of one. */
export interface NamedOriginVariables {
  /** See docs/reference/variables.md#named-origins. */
  readonly [
    name: `ORIGIN_${string}_${"URL" | "PLAINTEXT" | "AUTHORIZATION" | "SCOPE" | "COOKIES" | "AUDIENCE"}`
  ]: string;
}

/**
 * An environment with the gate's members and your own. If a name starts with `ENTRA_`, `GATE_` or `ORIGIN_` and is not
 * a variable of the gate, the type does not compile, because the gate would answer every request with 500. An object
 * with the name `ORIGIN_<NAME>` is the binding of a named origin.
 */
export type GateEnvironment<Env> = Env &
  GateVariables &
  McpVariables &
  IssuerVariables & {
    readonly [Name in Exclude<
      Extract<keyof Env, `${"ENTRA" | "GATE" | "ORIGIN"}_${string}`>,
      keyof GateVariables | keyof McpVariables | keyof IssuerVariables
    >]: Name extends keyof NamedOriginVariables | keyof AuthorityVariables
      ? string
      : Name extends `ORIGIN_${string}`
        ? object
        : never;
  };
