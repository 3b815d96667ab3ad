import { defaultEntraUrl } from "../common/shared-options.ts";

/** The last line of the guide. */
const end = "Ctrl-C stops.";

/**
 * What `entra-gate entra` prints: its address, how to trust it, and how to use it.
 *
 * @param authorities addresses of those with a name
 * @param certificate file of the authority, if the address is of https
 */
export function formatGuide(
  entraUrl: string,
  authorities: ReadonlyMap<string, string>,
  variables: Readonly<Record<string, string>>,
  certificate: string | undefined,
): string {
  return [
    "",
    `Local Entra ${entraUrl}`,
    ...[...authorities].map(([name, url]) => `Authority ${name} ${url}`),
    "",
    ...(certificate === undefined ? [] : formatTrust(certificate)),
    `Variables with which a gate trusts ${authorities.size === 0 ? "it" : "them"}:`,
    ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    "",
    "# A token of a member",
    formatToken(entraUrl),
    ...[...authorities.keys()].flatMap((name) => [`# A token of ${name}`, formatToken(entraUrl, "--authority", name)]),
    "",
    end,
  ].join("\n");
}

function formatToken(entraUrl: string, ...options: readonly string[]): string {
  const place = entraUrl === defaultEntraUrl ? [] : ["--entra", entraUrl];
  return ["npx entra-gate token", ...place, ...options].join(" ");
}

/** The command changes no trust store: each program gets a variable, and each browser one import. */
function formatTrust(certificate: string): readonly string[] {
  const file = quote(certificate);
  return [
    "Its authority certifies only localhost, 127.0.0.1 and ::1. Programs trust it with a variable:",
    `export NODE_EXTRA_CA_CERTS=${file}   # Node, Bun and wrangler dev`,
    `export DENO_CERT=${file}             # Deno`,
    `export REQUESTS_CA_BUNDLE=${file}    # Python's requests, and with it msal`,
    `export SSL_CERT_FILE=${file}         # programs with OpenSSL; replaces the public authorities`,
    `curl --cacert ${file} ...`,
    "Browsers trust it after an import, which you can undo:",
    ...formatImport(file),
    "Firefox: Settings, Certificates, Authorities, Import",
    "",
  ];
}

function formatImport(file: string): readonly string[] {
  switch (process.platform) {
    case "darwin":
      return [`security add-trusted-cert -r trustRoot -p ssl -k ~/Library/Keychains/login.keychain-db ${file}`];
    case "win32":
      return [`certutil -user -addstore Root ${file}`];
    default:
      return [`certutil -d sql:$HOME/.pki/nssdb -A -n entra-gate-local -t C,, -i ${file}   # Chromium; libnss3-tools`];
  }
}

/** As one word of a shell. */
function quote(file: string): string {
  return /^[\w/.:-]+$/.test(file) ? file : `"${file}"`;
}
