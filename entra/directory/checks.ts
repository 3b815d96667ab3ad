import { isGuid } from "./guid.ts";
import type { DirectoryApp, DirectoryTenant, DirectoryUser } from "./model.ts";

type Path = readonly (string | number)[];

/** Why a configuration is refused. */
export interface DirectoryFault {
  /** Names and indices that lead to the value. */
  readonly path: Path;
  /** What is wrong, and how a correct value looks. */
  readonly message: string;
}

/** A directory that cannot be built. The message lists all faults. */
export class DirectoryError extends RangeError {
  readonly faults: readonly DirectoryFault[];

  constructor(faults: readonly DirectoryFault[]) {
    super(faults.map(({ path, message }) => `${path.join(".")}: ${message}`).join("\n"));
    this.faults = faults;
  }
}

export type Report = (path: Path, message: string) => void;

export function checkShortName(path: Path, shortName: string, report: Report): void {
  if (!/^[\w.-]+$/.test(shortName)) report(path, "the name must consist of letters, digits, dots, - and _");
}

export function checkGuid(path: Path, id: string, report: Report): void {
  if (!isGuid(id)) report(path, "must be a GUID in lower case, such as c11e0000-0000-4000-8000-000000000021");
}

/** Returns the entry with a name, and reports an unknown one. */
export function resolve<T>(entries: ReadonlyMap<string, T>, name: string, path: Path, kind: string, report: Report) {
  const found = entries.get(name);
  if (found === undefined) report(path, `there is no ${kind} ${JSON.stringify(name)}: ${listNames(entries)}`);
  return found;
}

function listNames(entries: ReadonlyMap<string, unknown>): string {
  return entries.size === 0 ? "there is none" : `use one of ${[...entries.keys()].join(", ")}`;
}

/**
 * Checks a redirect URI by Entra's rules.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/reply-url
 */
export function checkRedirectUri(path: Path, uri: string, platform: string, report: Report): void {
  const url = URL.parse(uri);
  if (url === null || url.hash !== "" || uri.includes("*")) {
    report(path, "must be a URL without a fragment or wildcard, such as https://app.example/callback");
  } else if (url.protocol === "http:" && !["localhost", "127.0.0.1"].includes(url.hostname)) {
    report(path, "must be https: http is allowed for localhost and 127.0.0.1 alone");
  } else if (platform !== "native" && !/^https?:$/.test(url.protocol)) {
    report(path, "must be https, or http://localhost: only mobile and desktop applications have schemes of their own");
  }
}

/** Reports values that must be unique and are not. */
export function checkUnique(
  tenants: Iterable<DirectoryTenant>,
  users: Iterable<DirectoryUser>,
  apps: Iterable<DirectoryApp>,
  report: Report,
): void {
  const seen = new Map<string, string>();
  const add = (path: Path, value: string, owner: string) => {
    const other = seen.get(value);
    if (other !== undefined) report(path, `${other} has the same value, ${value}`);
    seen.set(value, owner);
  };
  for (const { shortName, id, domain } of tenants) {
    add(["tenants", shortName, "id"], id, `the tenant ${shortName}`);
    add(["tenants", shortName, "domain"], domain, `the tenant ${shortName}`);
  }
  for (const { shortName, oid } of users) add(["users", shortName, "id"], oid, `the user ${shortName}`);
  for (const app of apps) {
    const path = [app.blueprint === undefined ? "apps" : "agents", app.shortName];
    const owner = `the app ${app.shortName}`;
    add([...path, "clientId"], app.clientId, owner);
    add([...path, "servicePrincipalId"], app.servicePrincipalId, owner);
    for (const [index, uri] of app.appIdUris.entries()) add([...path, "appIdUris", index], uri, owner);
  }
}
