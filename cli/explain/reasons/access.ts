import type { ReasonTexts } from "./reason-text.ts";
import { byChallenge, byScopes, retryAfterSeconds, scopes } from "./samples.ts";

/** Reasons about signing keys and permissions. */
export const accessReasons = {
  tenant_unknown: {
    meaning:
      "Entra has no tenant with the token's `tid`, so the value is invented. The gate remembers that for five minutes.",
    fix: "Find out who issued the token. Each cloud has its own tenants: check ENTRA_CLOUD and ENTRA_AUTHORITY.",
  },
  key_unknown: {
    meaning: "The tenant has no key with the token's `kid`.",
    fix: "Get a new token. If that does not help, the token is of another cloud, or the API has its own signing key (`?appid=`).",
  },
  key_issuer_mismatch: {
    meaning: "The key exists, but may not sign for this tenant. For example, personal accounts have their own key.",
    fix: "Find out who issued the token.",
  },
  signature_invalid: {
    meaning: "The signature is wrong: the token was changed after it was issued, or Entra did not issue it.",
    fix: "Send the token as it was issued. A token for Microsoft Graph never verifies elsewhere.",
  },
  verifier_refused: {
    meaning: "The verifier of another provider, in an adapter, threw an error; `error` in the log is its name.",
    fix: "Compare that provider's token with what the verifier expects.",
    samples: [{ members: { error: "TypeError" } }],
  },
  keys_unavailable: {
    meaning: "The tenant's signing keys are unavailable, so the gate cannot check the token. Callers may retry.",
    fix: `Read the \`keys_failed\` lines of the log; see \`npx entra-gate docs explanation/keys\`. If there is no such line, unseen tenants have used up their budget of fetches.`,
    samples: [{ members: { retryAfterSeconds } }],
  },
  authority_not_allowed: {
    meaning:
      "Another authority than those of the route issued the token. A requirement without `from` is for callers of `default` only, and so are routes without a requirement of their own.",
    fix: 'Call with a token of an authority that the route names. Or name the authority of the caller in every requirement of the route, including those of its groups: `from: ["default", "customers"]`.',
    samples: byScopes,
  },
  client_not_allowed: {
    meaning: "The client application is not on ENTRA_ALLOWED_CLIENTS, or not among the clients of the route.",
    fix: "Add the client's application ID (`azp`), or call through an allowed client.",
    samples: [
      { members: { scopes }, when: "the route lists its clients and requires scopes" },
      { members: { scopes: [] } },
    ],
  },
  tenant_not_allowed_here: {
    meaning: "The token's tenant is not among the tenants of the route.",
    fix: "Call as a principal of one of them, or add the tenant to the route.",
    samples: byScopes,
  },
  agent_not_allowed: {
    meaning:
      "The route is for agents only, and the token does not mark its client as one. Or the route is not for agents, and the token does.",
    fix: "Compare `agent` of the route with the token. For a route with `only`, add the optional claims `xms_act_fct`, `xms_sub_fct` and `xms_par_app_azp` to the API's registration: without them, the gate cannot recognize an agent.",
    samples: byScopes,
  },
  requirement_missing: {
    meaning:
      "The configuration does not say who may call: there is no default requirement. In a Hono app, a function that can answer comes before the route's `requireAuth`. On an MCP route, no map covers the name or the address, or it resembles an entry.",
    fix: `On an MCP route, use names and addresses exactly as the server lists them, or add an entry. In a Hono app, put \`app.use(path, requireAuth(…))\` before the route that the log names; \`npx entra-gate docs how-to/protect-a-hono-app\` lists the patterns. Or set ENTRA_REQUIRED_SCOPE or ENTRA_REQUIRED_ROLE.`,
    samples: [{ members: { scopes: [] } }],
  },
  kind_not_allowed: {
    meaning: "The token is a user's and only apps may call, or it is an app's and only users may call.",
    fix: 'Call with the other kind of token. Or allow this kind: for users, require scopes, or roles with `kind: "user"`. For apps, require roles. Without a requirement of the route, ENTRA_REQUIRED_SCOPE and ENTRA_REQUIRED_ROLE decide.',
    samples: [{ members: { scopes }, when: "users with a scope may call" }, { members: { scopes: [] } }],
  },
  scope_missing: {
    meaning: "The user's token lacks a required scope. The challenge, and `scopes` in the log, list what it must have.",
    fix: "Let the client request `api://<client id>/<scope>`. With `/.default`, the scope needs consent first.",
    samples: [{ members: { scopes } }],
  },
  role_missing: {
    meaning:
      "The token lacks an app role. In the log, `roles` lists roles that it must all have, and `anyRole` roles of which it must have one.",
    fix: "For an app: add the application permission and grant admin consent. For a user: assign the user to the role under Enterprise applications.",
    samples: [
      { members: { scopes: [], anyRole: ["Orders.Admin"] }, when: "the requirement of the route has no scopes" },
      { members: { scopes, roles: ["Orders.Admin"] } },
    ],
  },
  group_missing: {
    meaning:
      "The user is not in a required group. In the log, `groups` lists groups of which the user must be in all, and `anyGroup` groups of which in one.",
    fix: "Add the user to the group, and let the user sign in again. A token has what `groupMembershipClaims` of the API's registration selects: `SecurityGroup` omits Microsoft 365 groups, and `ApplicationGroup` has only groups that are assigned to the application, without nested members.",
    samples: [{ members: { scopes, anyGroup: ["44444444-5555-6666-7777-888888888888"] } }],
  },
  groups_absent: {
    meaning:
      "The route requires a group, and the token has no claim `groups`. Either the user is in no group, or the API's registration puts no groups into tokens.",
    fix: "Set `groupMembershipClaims` of the API's registration to `SecurityGroup`, with `az ad app update --id CLIENT_ID --set groupMembershipClaims=SecurityGroup`, or under Token configuration, Add groups claim. Then get a new token.",
    samples: [{ members: { scopes } }],
  },
  groups_overage: {
    meaning:
      "The route requires a group, and the user is in too many groups for the token: more than 200. The token only says so.",
    fix: "Pass `groups: groupsFromGraph()` of `entra-gate/groups`, so that the gate asks Microsoft Graph. Or emit fewer groups: assign those that matter to the enterprise application, and set `groupMembershipClaims` to `ApplicationGroup`. Or assign app roles to the groups, and require roles.",
    samples: [{ members: { scopes } }],
  },
  groups_are_names: {
    meaning:
      "The route requires a group by its object ID, and the claim `groups` has names. The gate does not compare names, because whoever may create a group chooses its name.",
    fix: "Remove `sam_account_name`, `dns_domain_and_sam_account_name`, `netbios_domain_and_sam_account_name` and `cloud_displayname` from `optionalClaims` of the API's registration: Token configuration, the groups claim, Group ID.",
    samples: [{ members: { scopes } }],
  },
  groups_unavailable: {
    meaning: "Microsoft Graph did not say in which groups the user is. In the log, `cause` says why.",
    fix: "Wait, and look at the service health of Microsoft Graph. Routes that need no group work in the meantime.",
    samples: [{ members: { cause: "status 503", retryAfterSeconds } }],
  },
  groups_throttled: {
    meaning: "Microsoft Graph refused the gate's questions about groups, because there were too many.",
    fix: "Wait for `retryAfterSeconds`. Bind TOKEN_CACHE, so that isolates share the answers.",
    samples: [{ members: { retryAfterSeconds } }],
  },
  groups_denied: {
    meaning:
      "Microsoft Graph refused the question about groups. In the log, `permission` is what the gate's registration lacks.",
    fix: "App registrations, the registration of the gate, API permissions: add the delegated permission of Microsoft Graph, and grant admin consent.",
    samples: [{ members: { permission: "User.Read", cause: "status 403 Authorization_RequestDenied" } }],
  },
  groups_too_many_pages: {
    meaning: "The user is in more groups than the gate reads: 12 pages of 999 memberships.",
    fix: "Assign an app role to the groups, and require the role.",
  },
  groups_too_many_groups: {
    meaning: "The user is in more than 11,000 groups, and Microsoft Graph does not list them at once.",
    fix: "Assign an app role to the groups, and require the role.",
  },
  authentication_context_missing: {
    meaning: "The route requires an authentication context (`acrs`) that the sign-in did not satisfy.",
    fix: "Let the client answer the claims challenge (MSAL: pass `claims`), and declare the capability `cp1` so that it gets one.",
    samples: byChallenge({ scopes, context: "c1" }),
  },
  token_revoked: {
    meaning:
      "The token was issued before `revokedAtSeconds`. In the log, `rule` is what the rule of the list of revocations names: `user`, `client`, `tenant`, `session` or `token`; `ruleReason` is the reason that its author gave. Without `rule`, the callback `revokedAtSeconds` decided.",
    fix: "Sign in again. A client with the capability `cp1` gets a claims challenge.",
    samples: byChallenge({ revokedAtSeconds: 1_795_608_000 }),
  },
  caller_blocked: {
    meaning:
      "A rule of the list of revocations refuses every token of the caller until `blockedUntilSeconds`, whenever it was issued. `rule` and `ruleReason` are those of `token_revoked`.",
    fix: "A new token does not help. The operator can remove the rule with `entra-gate revoke --undo`.",
    samples: [{ members: { rule: "user", ruleReason: "leaked secret", blockedUntilSeconds: 1_795_694_400 } }],
  },
} satisfies ReasonTexts;
