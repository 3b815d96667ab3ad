import { isGuid, isLoopback } from "../../src/cli-exports/common.ts";
import { defaultRequirement } from "../../src/cli-exports/policy.ts";
import { graphUrls, writePermissionCommand } from "../common/graph.ts";
import { listRules } from "../project/gate-code.ts";
import { traits } from "../project/traits.ts";
import { type ApiRegistration, createDirectory, type Directory, type DirectoryGroup } from "./directory.ts";
import { type Finding, findingsOf } from "./finding.ts";
import type { DoctorSubject } from "./subject.ts";

const { good, skipped, warning, fault } = findingsOf("groups");

const tokenConfiguration = "App registrations, the API, Token configuration, the groups claim, Access";
const nameFormats = [
  "sam_account_name",
  "dns_domain_and_sam_account_name",
  "netbios_domain_and_sam_account_name",
  "cloud_displayname",
];

/**
 * Compares the groups that requirements name with what the API's registration puts into tokens, and with the kinds of
 * the groups. Only an operator can read these, so it takes a token of the Azure CLI if the command has the option.
 */
export async function examineGroups(subject: DoctorSubject): Promise<readonly Finding[]> {
  const named = listNamedGroups(subject);
  if (named.length === 0) return subject.readGraphToken === undefined ? [] : [withoutGroups];
  const text = `requirements name ${named.length} ${named.length === 1 ? "group" : "groups"}`;
  return [good(`${text}${describeSource(subject)}`), ...(await compare(subject, named))];
}

const withoutGroups = skipped("the registration was not read, because no requirement that was read names a group");

/** The option `groups`; `undefined` if only tokens decide. */
type Graph = DoctorSubject["code"]["options"]["groups"];

function describeSource({ code: { problem, options } }: DoctorSubject): string {
  if (problem !== undefined) return "";
  if (options.groups === undefined) return "; the token decides, so users in more than 200 groups are refused";
  return `; Microsoft Graph decides ${options.groups.source === "graph" ? "for every user" : "if a token has too many groups"}`;
}

/** Object IDs of all groups that requirements of routes, of names in messages, or of the variables have. */
function listNamedGroups({ table, config, code }: DoctorSubject): readonly string[] {
  const { routes, rest, names = [] } = table;
  const ofNames = names.flatMap(({ entries, accessOf }) =>
    entries.map(([kind, name]) => ({ access: accessOf(kind, name) })),
  );
  const known = code.problem === undefined ? [...routes, rest, ...ofNames] : [];
  const rules = listRules([...known, { access: { kind: "default" } }], defaultRequirement(config));
  return [...new Set(rules.flatMap(traits.groups.listNames))];
}

async function compare(
  { settings, code, config, io, readGraphToken }: DoctorSubject,
  named: readonly string[],
): Promise<readonly Finding[]> {
  const { audiences, authority, cloud, tenants } = config;
  if (authority !== undefined && isLoopback(new URL(authority).hostname)) return [];
  const { groups: graph } = code.options;
  const gateId = config.credentials?.clientId;
  if (io === undefined || readGraphToken === undefined) {
    const needs = `${graph?.permissions.join(" and ")} of Microsoft Graph, with consent`;
    return [
      ...(graph === undefined ? [] : [skipped(`the registration ${gateId} needs the delegated ${needs}`)]),
      skipped(
        "groupMembershipClaims of the registration and the kinds of the groups are not visible from here: --registration reads them with the Azure CLI",
      ),
    ];
  }
  const clientId = [...audiences].map((audience) => audience.replace(/^api:\/\//, "")).find(isGuid);
  if (clientId === undefined) {
    return [
      warning("the registration was not read: no audience is a client ID", "the client ID in ENTRA_API_AUDIENCE"),
    ];
  }
  const { ENTRA_TENANT_ID: home } = code.environment ?? settings.environment;
  const tenant = typeof home === "string" && isGuid(home.trim()) ? home.trim() : undefined;
  const token = readGraphToken(tenant);
  const signIn = `az login --allow-no-subscriptions${tenant === undefined ? "" : ` --tenant ${tenant}`}`;
  if (!token.ok) return [warning(`the registration was not read: ${token.error}`, signIn)];
  const directory = createDirectory(io, graphUrls[cloud], token.value);
  const [registration, groups, consents] = await Promise.all([
    directory.findRegistration(clientId),
    directory.findGroups(named),
    graph && gateId ? examineConsents(directory, gateId, graph.permissions) : [],
  ]);
  const isOnlyTenant = tenants.decided === "by-list" && tenants.allowed.size === 1;
  return [
    ...(registration.ok
      ? judgeRegistration(clientId, registration.value, graph)
      : [warning(`the registration ${clientId} was not read: ${registration.error}`, signIn)]),
    ...(groups.ok
      ? judgeGroups(named, groups.value, isOnlyTenant, registration.ok ? registration.value : undefined, graph)
      : [warning(`the groups were not read: ${groups.error}`, signIn)]),
    ...consents,
  ];
}

async function examineConsents(
  directory: Directory,
  gateId: string,
  permissions: readonly string[],
): Promise<readonly Finding[]> {
  const consents = await directory.findConsents(gateId);
  const consent = `az ad app permission admin-consent --id ${gateId}`;
  if (!consents.ok) return [warning(`the consents of ${gateId} were not read: ${consents.error}`, consent)];
  const missing = permissions.filter((permission) => !consents.value.includes(permission));
  if (missing.length === 0) return [good(`an administrator has consented to ${permissions.join(" and ")}`)];
  return [
    warning(
      `no administrator has consented to ${missing.join(" and ")} of Microsoft Graph for ${gateId}: without consent, users are refused where Graph decides`,
      `${writePermissionCommand(gateId, missing)} && ${consent}`,
    ),
  ];
}

const rolesFix = `${tokenConfiguration}: remove the check mark of Emit groups as role claims`;
const kindsFix = 'groupsFromGraph({ source: "graph" }), so that Microsoft Graph decides for every user';

function judgeRegistration(
  clientId: string,
  { claims, properties }: ApiRegistration,
  graph: Graph,
): readonly Finding[] {
  const asRoles = properties.includes("emit_as_roles")
    ? "the registration emits groups as roles (emit_as_roles): tokens have no claim groups, and users lose their app roles"
    : undefined;
  if (graph?.source === "graph") return asRoles === undefined ? [] : [warning(asRoles, rolesFix)];
  const findings: Finding[] = asRoles === undefined ? [] : [fault(asRoles, rolesFix)];
  const format = properties.find((property) => nameFormats.includes(property));
  if (format !== undefined) {
    findings.push(
      fault(
        `the registration emits names of groups (${format}), which the gate does not compare`,
        `${tokenConfiguration}: Group ID`,
      ),
    );
  }
  if (!claims.some((claim) => claim === "All" || claim === "SecurityGroup" || claim === "ApplicationGroup")) {
    const value = claims.length === 0 ? "None" : claims.join(", ");
    findings.push(
      fault(
        `groupMembershipClaims of the registration is ${value}: no token lists groups, so the gate refuses with groups_absent`,
        `az ad app update --id ${clientId} --set groupMembershipClaims=SecurityGroup`,
      ),
    );
  } else if (isPartial(claims)) {
    findings.push(
      warning(
        `groupMembershipClaims of the registration is ApplicationGroup: tokens list only groups that are assigned to the enterprise application, and only for their direct members${graph === undefined ? "" : "; Microsoft Graph counts all groups, so a user can gain access with too many groups for the token"}`,
        graph === undefined ? "assign each named group to the enterprise application, or set SecurityGroup" : kindsFix,
      ),
    );
  } else if (findings.length === 0) {
    findings.push(good(`groupMembershipClaims of the registration is ${claims.join(", ")}`));
  }
  findings.push(
    skipped(
      "group filters of the enterprise application are not visible: with them, the list of a token is partial (Single sign-on, Attributes & Claims)",
    ),
  );
  return findings;
}

const isPartial = (claims: readonly string[]) => !claims.includes("All") && !claims.includes("SecurityGroup");

function judgeGroups(
  named: readonly string[],
  found: readonly DirectoryGroup[],
  isOnlyTenant: boolean,
  registration: ApiRegistration | undefined,
  graph: Graph,
): readonly Finding[] {
  const missing = named.filter((id) => !found.some((group) => group.id === id));
  const { claims = [] } = registration ?? {};
  const others = found.filter(({ securityEnabled }) => !securityEnabled);
  const isOmitted = graph?.source !== "graph" && claims.includes("SecurityGroup") && !claims.includes("All");
  const isUncounted = graph?.permissions.includes("GroupMember.Read.All") === true;
  const gained =
    graph !== undefined && !isUncounted
      ? ", and Microsoft Graph counts it: a user can gain access with a 201st group"
      : "";
  const findings = [
    ...(isOnlyTenant ? missing : []).map((id) =>
      warning(`no group that you may read has the object ID ${id}`, "az ad group show --group NAME --query id"),
    ),
    ...(isOmitted ? others : []).map(({ id, displayName }) =>
      fault(
        `${displayName} (${id}) is no security group: tokens never list it with groupMembershipClaims SecurityGroup${gained}`,
        graph === undefined || isUncounted ? "a security group" : kindsFix,
      ),
    ),
    ...(isUncounted ? others : []).map(({ id, displayName }) =>
      fault(`${displayName} (${id}) is no security group: securityEnabledOnly never counts it`, "a security group"),
    ),
  ];
  return findings.length > 0 ? findings : [good("each of them is of a kind that counts")];
}
