import { isGuid, isLoopback } from "../../src/tools/common.ts";
import { type Access, defaultRequirement } from "../../src/tools/policy.ts";
import { linkToDocs } from "../../src/tools/text.ts";
import { graphUrls } from "../common/graph.ts";
import { type ApiRegistration, createDirectory, type DirectoryGroup } from "./directory.ts";
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
  if (named.length === 0) return [];
  const first = good(`requirements name ${named.length} ${named.length === 1 ? "group" : "groups"}`);
  return [first, ...(await compare(subject, named))];
}

/** Object IDs of all groups that requirements of routes, of names in messages, or of the variables have. */
function listNamedGroups({ table, config, code }: DoctorSubject): readonly string[] {
  const { routes, rest, names = [] } = table;
  const ofNames = names.flatMap(({ entries, accessOf }) => entries.map(([kind, name]) => accessOf(kind, name)));
  const accesses: readonly (Access | undefined)[] =
    code.problem === undefined ? [...routes.map(({ access }) => access), rest.access, ...ofNames] : [];
  const requirements = accesses.flatMap((access) => (access?.kind === "required" ? access.requirements : []));
  const rules = [...requirements, defaultRequirement(config)].flatMap((requirement) => requirement?.anyOf ?? []);
  return [...new Set(rules.flatMap(({ groups = [], anyGroup = [] }) => [...groups, ...anyGroup]))];
}

async function compare(
  { settings, code, config, io, readGraphToken }: DoctorSubject,
  named: readonly string[],
): Promise<readonly Finding[]> {
  const { audiences, authority, cloud, tenants } = config;
  if (authority !== undefined && isLoopback(new URL(authority).hostname)) return [];
  if (io === undefined || readGraphToken === undefined) {
    return [
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
  const [registration, groups] = await Promise.all([directory.findRegistration(clientId), directory.findGroups(named)]);
  const isOnlyTenant = tenants.decided === "by-list" && tenants.allowed.size === 1;
  return [
    ...(registration.ok
      ? judgeRegistration(clientId, registration.value)
      : [warning(`the registration ${clientId} was not read: ${registration.error}`, signIn)]),
    ...(groups.ok
      ? judgeGroups(named, groups.value, isOnlyTenant, registration.ok ? registration.value : undefined)
      : [warning(`the groups were not read: ${groups.error}`, signIn)]),
  ];
}

function judgeRegistration(clientId: string, { claims, properties }: ApiRegistration): readonly Finding[] {
  const findings: Finding[] = [];
  if (properties.includes("emit_as_roles")) {
    findings.push(
      fault(
        "the registration emits groups as roles (emit_as_roles): tokens have no claim groups, and users lose their app roles",
        `${tokenConfiguration}: clear Emit groups as role claims`,
      ),
    );
  }
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
        "groupMembershipClaims of the registration is ApplicationGroup: tokens list only groups that are assigned to the enterprise application, and only for their direct members",
        "assign each named group to the enterprise application, or set SecurityGroup",
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
): readonly Finding[] {
  const missing = named.filter((id) => !found.some((group) => group.id === id));
  const { claims = [] } = registration ?? {};
  const omitted =
    claims.includes("SecurityGroup") && !claims.includes("All")
      ? found.filter(({ securityEnabled }) => !securityEnabled)
      : [];
  return [
    ...(isOnlyTenant ? missing : []).map((id) =>
      warning(`no group that you may read has the object ID ${id}`, "az ad group show --group NAME --query id"),
    ),
    ...omitted.map(({ id, displayName }) =>
      fault(
        `${displayName} (${id}) is no security group: tokens never list it with groupMembershipClaims SecurityGroup`,
        `a security group; ${linkToDocs("how-to/decide-by-groups")} compares the kinds`,
      ),
    ),
    ...(missing.length === 0 && omitted.length === 0 ? [good("each of them is a group that tokens can list")] : []),
  ];
}
