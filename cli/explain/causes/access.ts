import { isGuid } from "../../../src/cli-exports/common.ts";
import { hasGroupMarker } from "../../../src/cli-exports/gate.ts";
import type { Facts } from "../facts/facts.ts";
import { isGuest } from "./issuer.ts";
import { type CauseRule, has } from "./rule.ts";

const scopesAndRoles =
  "https://learn.microsoft.com/entra/identity-platform/scenario-protected-web-api-verification-scope-app-roles";

const agentClaims = "https://learn.microsoft.com/entra/agent-id/identity-platform/agent-token-claims";

const wanted = ({ requirement }: Facts, ...lists: readonly ("scopes" | "anyScope" | "roles" | "anyRole")[]) =>
  (requirement?.anyOf ?? []).flatMap((rule) => lists.flatMap((list) => rule[list] ?? []));

const holdsOne = (held: readonly string[] | undefined, names: readonly string[]) =>
  held?.some((name) => names.includes(name)) ?? false;

const hasOverage = ({ claims }: Facts) => claims !== undefined && hasGroupMarker(claims);

/** With `emit_as_roles`, Entra puts groups in the place of all app roles. */
const hasGroupsAsRoles = (roles: readonly string[]) => roles.length > 0 && roles.every(isGuid);

const groupClaims = "https://learn.microsoft.com/security/zero-trust/develop/configure-tokens-group-claims-app-roles";

/** Causes in a valid token that does not permit the request. */
export const accessCauses: readonly CauseRule[] = [
  {
    id: "client-not-listed",
    title: "The client application is not allowed to call.",
    fix: [
      "Add its Application (client) ID to ENTRA_ALLOWED_CLIENTS, or to `clients` of the route.",
      "Compare with `azp` (v1.0: `appid`) of the token: users often use another app than expected.",
    ],
    fits: ({ reason }) => reason === "client_not_allowed",
  },
  {
    id: "agent-refused",
    title: 'The client is an agent, and the route refuses agents (`agent: "never"`).',
    fix: ["Use a client that is not an agent, or change the member `agent` of the route's requirement."],
    link: agentClaims,
    fits: ({ reason }, { identity }) => reason === "agent_not_allowed" && identity?.agent !== undefined,
  },
  {
    id: "agent-not-marked",
    title: 'The route is for agents (`agent: "only"`), and nothing in the token marks its client as one.',
    fix: [
      "If the client is an agent: App registrations, the API, Manifest, `optionalClaims.accessToken`: add `xms_act_fct`, `xms_sub_fct` and `xms_par_app_azp`.",
    ],
    note: "The markers are optional claims: without them, an agent looks like any other client.",
    link: agentClaims,
    fits: ({ reason }) => reason === "agent_not_allowed",
  },
  {
    id: "no-requirement",
    title: "No requirement is configured for requests that match no route, so the gate refuses them.",
    fix: ["Set ENTRA_REQUIRED_SCOPE or ENTRA_REQUIRED_ROLE, or declare the route."],
    fits: ({ reason }) => reason === "requirement_missing",
  },
  {
    id: "app-where-scope-is-wanted",
    title: "An app called for itself, and the route requires a scope. Only users have scopes; apps have roles.",
    fix: [
      "If the app should act for a user: sign the user in (authorization code or on-behalf-of) and request the scope.",
      "If apps may call: define an app role in the API's registration and set ENTRA_REQUIRED_ROLE or `anyRole` of the route. Grant the role to the client: API permissions, Application permissions, Grant admin consent.",
    ],
    link: scopesAndRoles,
    fits: ({ reason }, { identity }) => reason === "kind_not_allowed" && identity?.kind === "app",
  },
  {
    id: "user-where-role-is-wanted",
    title: "A user called, and the route allows only apps: its requirement has app roles and no scope.",
    fix: [
      'If users may call: set ENTRA_REQUIRED_SCOPE, or give the route `scopes`, or `kind: "user"` with the roles.',
      "If only daemons may: let the client use the client-credentials flow with `api://<client id>/.default`.",
    ],
    link: scopesAndRoles,
    fits: ({ reason }, { identity }) => reason === "kind_not_allowed" && identity?.kind === "user",
  },
  {
    id: "role-where-scope-is-wanted",
    title:
      "The token has an app role with the name of the required scope. A role is not a scope, even with the same name.",
    fix: ["Let the client request the scope, or let the route require the role (`roles`, `anyRole`) instead."],
    link: scopesAndRoles,
    fits: (denial, { identity }) => denial.reason === "scope_missing" && holdsOne(identity?.roles, denial.scopes),
  },
  {
    id: "scope-not-granted",
    title: "The user's token lacks the scope: the client did not request it, or there is no consent to it.",
    fix: [
      "Let the client request `api://<client id>/<scope>` and get a new token; old ones in its cache lack it.",
      "With `/.default`: App registrations, the client, API permissions: add the scope and Grant admin consent.",
    ],
    fits: ({ reason }) => reason === "scope_missing",
  },
  {
    id: "scope-where-role-is-wanted",
    title:
      "The token has a scope with the name of the required app role. A scope is not a role, even with the same name.",
    fix: ["Assign the app role, or let the route require the scope (`scopes`) instead."],
    link: scopesAndRoles,
    fits: ({ reason }, facts) =>
      reason === "role_missing" && holdsOne(facts.identity?.scopes, wanted(facts, "roles", "anyRole")),
  },
  {
    id: "groups-as-roles",
    title:
      "The registration emits groups as roles: `roles` has object IDs of groups, and the app roles and the claim `groups` are gone.",
    fix: [
      "App registrations, the API, Token configuration, the groups claim, Access: remove the check mark of Emit groups as role claims (`emit_as_roles` in the manifest).",
      "Then get a new token.",
    ],
    link: groupClaims,
    fits: ({ reason }, { identity }) =>
      (reason === "role_missing" || reason === "groups_absent") &&
      identity?.kind === "user" &&
      hasGroupsAsRoles(identity.roles),
  },
  {
    id: "group-overage",
    title: "The account is in more groups than a token can list, so roles that come from its groups are missing.",
    fix: [
      "Assign app roles to the groups (Enterprise applications, the API, Users and groups) instead of emitting groups as roles.",
      "Or emit only the groups that are assigned to the application (Token configuration, Groups claim).",
    ],
    link: groupClaims,
    fits: ({ reason }, facts) => reason === "role_missing" && hasOverage(facts),
  },
  {
    id: "admin-consent-missing",
    title: "The app has no application permission. Entra issues a token to it nevertheless.",
    fix: [
      "Open App registrations, the client, API permissions. Choose Add a permission, My APIs, the API, Application permissions, and the role.",
      "Then Grant admin consent, and get a new token.",
    ],
    link: "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow",
    fits: ({ reason }, facts) => reason === "role_missing" && facts.identity?.kind === "app" && !has(facts, "roles"),
  },
  {
    id: "app-lacks-role",
    title: "The app has other application permissions, but not the required one.",
    fix: ["App registrations, the client, API permissions: add the application permission and Grant admin consent."],
    fits: ({ reason }, { identity }) => reason === "role_missing" && identity?.kind === "app",
  },
  {
    id: "guest-not-assigned",
    title: "The account is a guest and has no role in this tenant. Roles of its home tenant do not count.",
    fix: ["Enterprise applications, the API, Users and groups: assign the role to the guest account of this tenant."],
    fits: ({ reason }, facts) => reason === "role_missing" && isGuest(facts),
  },
  {
    id: "user-not-assigned",
    title: "The user does not have the app role.",
    fix: [
      "Enterprise applications, the API (not the client), Users and groups, Add user/group: choose the user and the role.",
      "Then get a new token.",
    ],
    note: "Nested groups do not count.",
    fits: ({ reason }) => reason === "role_missing",
  },
  {
    id: "groups-not-emitted",
    title: "The token has no groups: the user is in none, or the API's registration puts none into tokens.",
    fix: [
      "App registrations, the API (not the client), Token configuration, Add groups claim: choose Security groups.",
      "Then get a new token.",
      'Or ask Microsoft Graph for every user: `groups: groupsFromGraph({ source: "graph" })` of entra-gate/groups.',
    ],
    link: groupClaims,
    fits: ({ reason }) => reason === "groups_absent",
  },
  {
    id: "too-many-groups",
    title: "The user is in more than 200 groups, so the token has none of them.",
    fix: [
      "Add the option `groups: groupsFromGraph()` of entra-gate/groups, so that the gate asks Microsoft Graph.",
      "Or assign the groups that matter: Enterprise applications, the API, Users and groups. Then emit only these: App registrations, the API, Token configuration, Groups assigned to the application.",
      "Or assign app roles to the groups, and let the route require roles.",
    ],
    note: "Nested members of assigned groups do not count.",
    link: groupClaims,
    fits: ({ reason }) => reason === "groups_overage",
  },
  {
    id: "groups-as-names",
    title: "The token has names of groups, and the route requires object IDs.",
    fix: ["App registrations, the API, Token configuration, the groups claim, Access: choose Group ID."],
    link: groupClaims,
    fits: ({ reason }) => reason === "groups_are_names",
  },
  {
    id: "user-not-in-group",
    title: "The user is not in the required group, or its registration does not put this group into tokens.",
    fix: ["Add the user under Groups, the group, Members. Then get a new token."],
    note: "Token configuration of the API selects groups: Security groups omits Microsoft 365 groups, and Groups assigned to the application omits all others.",
    link: groupClaims,
    fits: ({ reason }) => reason === "group_missing",
  },
  {
    id: "step-up-possible",
    title: "The route requires an authentication context. The client can answer the claims challenge, but did not.",
    fix: [
      "Let the client take `claims` out of WWW-Authenticate and pass it to MSAL (`acquireTokenPopup({ claims })`).",
      "Check that the tenant has the context, with a policy: Conditional Access, Authentication contexts.",
    ],
    link: "https://learn.microsoft.com/entra/identity-platform/developer-guide-conditional-access-authentication-context",
    fits: (denial) => denial.reason === "authentication_context_missing" && denial.challengeable,
  },
  {
    id: "step-up-impossible",
    title:
      "The route requires an authentication context, and the client does not declare that it answers claims challenges.",
    fix: [
      'Declare the capability in the client: MSAL `clientCapabilities: ["CP1"]`.',
      "Add the optional claim `xms_cc` (access token) to the API's registration. Without it, the gate does not see the capability.",
    ],
    link: "https://learn.microsoft.com/entra/identity-platform/claims-challenge",
    fits: ({ reason }) => reason === "authentication_context_missing",
  },
  {
    id: "revoked",
    title: "The token is older than the revocation that applies to its caller.",
    fix: ["Sign in again. A client with the capability `cp1` gets a claims challenge and can sign in by itself."],
    link: "https://learn.microsoft.com/entra/identity-platform/app-resilience-continuous-access-evaluation",
    fits: ({ reason }) => reason === "token_revoked",
  },
];
