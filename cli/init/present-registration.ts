import { parseJson } from "../../src/cli-exports/text.ts";
import type { PresentRegistration, Registration } from "./registration.ts";

/**
 * Reads a file that `writeRegistration` wrote.
 *
 * @returns `undefined` if it has another form
 */
export function readRegistration(text: string): PresentRegistration | undefined {
  return readScript(text) ?? readTerraform(text);
}

/** Reads the body of the request in a script. */
function readScript(text: string): PresentRegistration | undefined {
  const [, quoted] = /'(\{\n {2}"displayName"[\s\S]*?\n\})'/.exec(text) ?? [];
  if (quoted === undefined) return undefined;
  try {
    const registration = parseJson(quoted.replaceAll("'\\''", "'"));
    const { displayName, api, appRoles, groupMembershipClaims, spa } = registration as Registration;
    const list = (all: readonly { value: string; id: string }[]) => new Map(all.map(({ value, id }) => [value, id]));
    return {
      displayName,
      callbacks: spa?.redirectUris ?? [],
      groupMembershipClaims,
      scopes: list(api.oauth2PermissionScopes),
      roles: list(appRoles ?? []),
    };
  } catch {
    return undefined;
  }
}

function readTerraform(text: string): PresentRegistration | undefined {
  const [, name] = /^ {2}display_name += (".*")$/m.exec(text) ?? [];
  const [, callbacks] = /^ {4}redirect_uris = (\[.*\])$/m.exec(text) ?? [];
  const [, claims] = /^ {2}group_membership_claims += \[(".*")\]$/m.exec(text) ?? [];
  if (name === undefined) return undefined;
  const list = (blocks: Iterable<RegExpExecArray>) =>
    new Map([...blocks].map(([, id, value]) => [readValue<string>(value!), readValue<string>(id!)]));
  return {
    displayName: readValue(name),
    callbacks: callbacks === undefined ? [] : readValue(callbacks),
    groupMembershipClaims: claims === undefined ? undefined : readValue(claims),
    scopes: list(text.matchAll(/^ +oauth2_permission_scope \{\n +id += (".*")\n +value += (".*")$/gm)),
    roles: list(text.matchAll(/^ +app_role \{\n +id += (".*")\n +value += (".*")$/gm)),
  };
}

/** Reads a string or a list of HCL, in which `${` and `%{` are written as `$${` and `%%{`. */
function readValue<T>(value: string): T {
  return parseJson(value.replace(/([$%])\1\{/g, "$1{")) as T;
}
