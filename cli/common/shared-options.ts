/** Where `entra-gate entra` listens, and the local Entra of `entra-gate dev` unless its port is taken. */
export const defaultEntraPort = "8788";
export const defaultEntraUrl = `http://127.0.0.1:${defaultEntraPort}`;

/** Options with which a command reads a configuration. */
export const configurationOptions = {
  "--config <file>":
    "Wrangler's configuration file; by default the first of wrangler.json, wrangler.jsonc, wrangler.toml",
  "--env <name>": "environment of Wrangler, only with what [env.NAME] deploys",
  "--no-dev-vars": "ignore .dev.vars and .env",
  "--json": "print JSON",
} as const;

/** Options with which a command reads an OpenAPI document in place of a worker. */
export const documentOptions = {
  "--scope <name...>": "scopes that users need where a plain bearer scheme of a document has an empty list",
  "--tenant <domain=id...>": "tenant ID of a domain in a document",
} as const;
