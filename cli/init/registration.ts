import { randomUUID } from "node:crypto";
import type { CloudName } from "../../src/cli-exports/policy.ts";
import { graphAppId, graphUrls, listAccess, writePermissionCommand } from "../common/graph.ts";
import type { FederatedCredential } from "./federation.ts";
import type { Permissions } from "./permissions.ts";

/** What an earlier file says that a new one must not change by itself. */
export interface PresentRegistration {
  readonly displayName: string;
  readonly callbacks: readonly string[];
  /** Absent if the file puts no groups into tokens. */
  readonly groupMembershipClaims?: string | undefined;
  /** IDs of the scopes, by their names. */
  readonly scopes: ReadonlyMap<string, string>;
  /** IDs of the app roles, by their names. */
  readonly roles: ReadonlyMap<string, string>;
}

/**
 * Creates the body of a Microsoft Graph request that configures the API's registration for the gate (Microsoft Graph
 * v1.0, resource type application). It sets version 2 tokens, the scopes, the app roles, and the optional claims that
 * identify apps and client capabilities. If a requirement names groups, tokens list security groups. It also sets the
 * redirect URIs of a client that shares the registration.
 *
 * @param callbacks redirect URIs of a single-page application
 * @param present an earlier registration, whose scopes and app roles keep their IDs: Entra refuses to replace them, and
 * consents name them
 */
export function createRegistration(
  name: string,
  { scopes, roles, listsGroups }: Permissions,
  callbacks: readonly string[],
  present?: PresentRegistration,
) {
  return {
    displayName: name,
    signInAudience: "AzureADMyOrg",
    api: {
      requestedAccessTokenVersion: 2,
      oauth2PermissionScopes: scopes.map((value) => ({
        id: present?.scopes.get(value) ?? randomUUID(),
        value,
        type: "User",
        isEnabled: true,
        adminConsentDisplayName: `Call ${name}: ${value}`,
        adminConsentDescription: `Allows the app to call ${name} as the signed-in user.`,
        userConsentDisplayName: `Call ${name}: ${value}`,
        userConsentDescription: `Allows the app to call ${name} as you.`,
      })),
    },
    // Without them, an update leaves those of the application as they are.
    ...(roles.size > 0 && { appRoles: createRoles(name, roles, present) }),
    optionalClaims: {
      accessToken: [
        { name: "xms_cc", essential: false, additionalProperties: [] },
        { name: "idtyp", essential: false, additionalProperties: ["include_user_token"] },
      ],
    },
    ...(listsGroups && { groupMembershipClaims: present?.groupMembershipClaims ?? "SecurityGroup" }),
    ...(callbacks.length > 0 && { spa: { redirectUris: [...callbacks] } }),
  };
}

function createRoles(name: string, roles: Permissions["roles"], present: PresentRegistration | undefined) {
  return [...roles].map(([value, allowedMemberTypes]) => ({
    id: present?.roles.get(value) ?? randomUUID(),
    value,
    displayName: value,
    description: `Allows to call ${name} with the role ${value}.`,
    allowedMemberTypes: [...allowedMemberTypes],
    isEnabled: true,
  }));
}

export type Registration = ReturnType<typeof createRegistration>;

/** How a registration is written. */
export type RegistrationForm = "az" | "graph" | "terraform";

/** Ways to register the API, with words for a question. */
export const registrationForms: readonly { readonly value: RegistrationForm; readonly label: string }[] = [
  { value: "az", label: "Azure CLI: entra/register.sh" },
  { value: "graph", label: "Microsoft Graph with curl: entra/register.sh" },
  { value: "terraform", label: "Terraform: entra/register.tf" },
];

/** The file of each form. */
export const registrationFiles: Readonly<Record<RegistrationForm, string>> = {
  az: "entra/register.sh",
  graph: "entra/register.sh",
  terraform: "entra/register.tf",
};

/** Where a registration is created, and what it has besides its own body. */
export interface RegistrationContext {
  readonly cloud: CloudName;
  /** The gate's own issuer, which Entra trusts in place of a secret. */
  readonly federation?: FederatedCredential | undefined;
  /** Delegated permissions of Microsoft Graph, which it needs in addition to those that it has. */
  readonly ofGraph?: readonly string[];
}

/** Writes the file that registers the API in Entra. */
export function writeRegistration(
  form: RegistrationForm,
  registration: Registration,
  context: RegistrationContext,
): { file: string; text: string } {
  const write = { az: writeAzCommands, graph: writeGraphRequests, terraform: writeTerraform }[form];
  return { file: registrationFiles[form], text: write(registration, context) };
}

/** What the tools call a cloud (Microsoft, "Microsoft Graph national cloud deployments"). */
interface CloudTerms {
  /** Name for `az cloud set`. Absent for the cloud that the Azure CLI uses by default. */
  readonly azName?: string;
  /** `environment` of Terraform's provider. Absent for its default. */
  readonly environment?: string;
}

const termsByCloud: Readonly<Record<CloudName, CloudTerms>> = {
  public: {},
  usgov: { azName: "AzureUSGovernment", environment: "usgovernment" },
  china: { azName: "AzureChinaCloud", environment: "china" },
};

/** Creates a script of the Azure CLI. */
export function writeAzCommands(
  registration: Registration,
  { cloud, federation, ofGraph = [] }: RegistrationContext,
): string {
  const graph = graphUrls[cloud];
  const { azName } = termsByCloud[cloud];
  const choice = azName === undefined ? "" : `az cloud set --name ${azName} && `;
  const present = `--id "$APP_ID" --federated-credential-id ${credentialName}`;
  const trust =
    federation &&
    `CREDENTIAL=${writeCredential(federation)}
if az ad app federated-credential show ${present} >/dev/null 2>&1; then
  az ad app federated-credential update ${present} --parameters "$CREDENTIAL"
else
  az ad app federated-credential create --id "$APP_ID" --parameters "$CREDENTIAL"
fi
`;
  return `#!/bin/sh
# Registers the API in Entra with the Azure CLI. Sign in first: ${choice}az login --allow-no-subscriptions
${writeChoice(registration)}TENANT_ID=$(az account show --query tenantId --output tsv)
BODY=${writeBody(registration)}
if test -z "$APP_ID"; then
  FOUND=$(az ad app list --filter ${quote(writeFilter(registration))} --query "[].appId" --output tsv)
  refuse_present $FOUND
  # az ad app create would change an application of this name.
  APP_ID=$(az rest --method POST --url "${graph}/applications" \\
    --headers Content-Type=application/json --body "$BODY" --query appId --output tsv)
  az ad app update --id "$APP_ID" --identifier-uris "api://$APP_ID"
else
  az rest --method PATCH --url "${graph}/applications(appId='$APP_ID')" \\
    --headers Content-Type=application/json --body "$BODY"
fi
${ofGraph.length === 0 ? "" : `${writePermissionCommand('"$APP_ID"', ofGraph)}\n`}az ad sp show --id "$APP_ID" >/dev/null 2>&1 || az ad sp create --id "$APP_ID"
${trust ?? ""}${writeResult(federation)}`;
}

/** Selects applications by their name. A quotation mark in a string of OData is doubled. */
function writeFilter({ displayName }: Registration): string {
  return `displayName eq '${displayName.replaceAll("'", "''")}'`;
}

/**
 * The start of a script: it creates an application, or changes the one whose ID it gets. Another one may have the same
 * name by chance.
 */
function writeChoice({ displayName }: Registration): string {
  return `#   sh entra/register.sh               creates the application, unless one has its name
#   sh entra/register.sh --update ID   changes the application with this client ID: the scopes, and the app roles and redirect URIs
#                                      below, if there are any, take the place of those that it has
set -eu

case "$#:\${1-}" in
  0:) APP_ID= ;;
  2:--update) APP_ID=$2 ;;
  *) echo "Usage: sh entra/register.sh [--update ID]" >&2 && exit 3 ;;
esac

# Gets the client IDs of the applications with the name.
refuse_present() {
  test $# -gt 0 || return 0
  printf '%s\\n' ${quote(`An application has the name ${displayName}. Nothing was changed.`)} >&2
  for ID; do echo "To change it: sh entra/register.sh --update $ID" >&2; done
  exit 1
}

`;
}

/** Creates a script of requests to Microsoft Graph. */
export function writeGraphRequests(
  registration: Registration,
  { cloud, federation, ofGraph = [] }: RegistrationContext,
): string {
  const trust =
    federation &&
    `# With this header, the request creates the credential or updates it.
ask PATCH "/applications(appId='$APP_ID')/federatedIdentityCredentials(name='${credentialName}')" \\
  --header "Prefer: create-if-missing" --data ${writeCredential(federation)}\n`;
  const filter = encodeURIComponent(writeFilter(registration));
  return `#!/bin/sh
# Registers the API in Entra with Microsoft Graph. GRAPH_TOKEN must be a token with Application.ReadWrite.All.
${writeChoice(registration)}ask() {
  method=$1 path=$2
  shift 2
  curl --silent --show-error --fail-with-body --write-out '\\n' --request "$method" "${graphUrls[cloud]}$path" \\
    --header "Authorization: Bearer $GRAPH_TOKEN" --header "Content-Type: application/json" "$@"
}

BODY=${writeBody(registration)}
read_ids() {
  grep -o '"appId":"[0-9a-f-]*"' | cut -d '"' -f 4
}

if test -z "$APP_ID"; then
  FOUND=$(ask GET ${quote(`/applications?$select=appId&$filter=${filter}`)})
  case $FOUND in *'"appId":'*) refuse_present $(printf '%s' "$FOUND" | read_ids) ;; esac
  APP_ID=$(ask POST /applications --data "$BODY" | read_ids)
  test -n "$APP_ID"
  ask PATCH "/applications(appId='$APP_ID')" --data '{"identifierUris":["api://'"$APP_ID"'"]}'
else
  ask PATCH "/applications(appId='$APP_ID')" --data "$BODY"
fi
${writeAccess(ofGraph)}PRINCIPAL=$(ask GET "/servicePrincipals?\\$filter=appId%20eq%20'$APP_ID'")
case $PRINCIPAL in
  *'"appId":'*) ;;
  *) PRINCIPAL=$(ask POST /servicePrincipals --data '{"appId":"'"$APP_ID"'"}') ;;
esac
TENANT_ID=$(printf '%s' "$PRINCIPAL" | sed -n 's/.*"appOwnerOrganizationId":"\\([0-9a-f-]*\\)".*/\\1/p')
${trust ?? ""}${writeResult(federation)}`;
}

/** Requests permissions of Microsoft Graph if the application has requested none. A request replaces the whole list. */
function writeAccess(ofGraph: readonly string[]): string {
  if (ofGraph.length === 0) return "";
  const list = [{ resourceAppId: graphAppId, resourceAccess: listAccess(ofGraph) }];
  const member = '"requiredResourceAccess":';
  return `case $(ask GET "/applications(appId='$APP_ID')?\\$select=requiredResourceAccess") in
  *'${member}[]'*) ask PATCH "/applications(appId='$APP_ID')" --data '{${member}${JSON.stringify(list)}}' ;;
  *) echo "If the application lacks ${ofGraph.join(" or ")} of Microsoft Graph, add it under API permissions" >&2 ;;
esac
`;
}

/** Prints the variables that have the IDs. Without a federated credential, a gate may have no client. */
function writeResult(federation: FederatedCredential | undefined): string {
  const names = ["ENTRA_API_AUDIENCE", ...(federation === undefined ? [] : ["ENTRA_CLIENT_ID"])];
  return ['echo "ENTRA_TENANT_ID=$TENANT_ID"\n', ...names.map((name) => `echo "${name}=$APP_ID"\n`)].join("");
}

/**
 * Writes the body of a federated credential as one word of a shell (Microsoft Graph v1.0, federatedIdentityCredential).
 */
function writeCredential({ issuer, subject, audience }: FederatedCredential): string {
  const body = quote(JSON.stringify({ name: credentialName, issuer, subject, audiences: [audience] }, null, 2));
  // The client ID is known when the script runs.
  return subject === undefined ? body.replace(/\n}'$/, `,\n  "subject": "'"$APP_ID"'"\n}'`) : body;
}

const credentialName = "entra-gate";

function writeBody(registration: Registration): string {
  return quote(JSON.stringify(registration, null, 2));
}

/** Writes a text as one word of a shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Creates a file for Terraform, with the provider hashicorp/azuread, version 3, as its formatter writes it. */
export function writeTerraform(
  registration: Registration,
  { cloud, federation, ofGraph = [] }: RegistrationContext,
): string {
  const { environment } = termsByCloud[cloud];
  const { displayName, signInAudience, api, appRoles, optionalClaims, groupMembershipClaims, spa } = registration;
  const application: Block = {
    head: 'resource "azuread_application" "api"',
    values: {
      display_name: displayName,
      prevent_duplicate_names: true,
      sign_in_audience: signInAudience,
      ...(groupMembershipClaims !== undefined && { group_membership_claims: [groupMembershipClaims] }),
    },
    blocks: [
      {
        head: "api",
        values: { requested_access_token_version: api.requestedAccessTokenVersion },
        blocks: api.oauth2PermissionScopes.map((scope) => ({
          head: "oauth2_permission_scope",
          values: {
            id: scope.id,
            value: scope.value,
            type: scope.type,
            admin_consent_display_name: scope.adminConsentDisplayName,
            admin_consent_description: scope.adminConsentDescription,
            user_consent_display_name: scope.userConsentDisplayName,
            user_consent_description: scope.userConsentDescription,
          },
        })),
      },
      ...(appRoles ?? []).map(({ id, value, displayName: label, description, allowedMemberTypes }) => ({
        head: "app_role",
        values: { id, value, display_name: label, description, allowed_member_types: allowedMemberTypes },
      })),
      {
        head: "optional_claims",
        values: {},
        blocks: optionalClaims.accessToken.map(({ name, additionalProperties }) => ({
          head: "access_token",
          values: { name, additional_properties: additionalProperties },
        })),
      },
      ...(ofGraph.length === 0
        ? []
        : [
            {
              head: "required_resource_access",
              values: { resource_app_id: graphAppId },
              blocks: listAccess(ofGraph).map((access) => ({ head: "resource_access", values: { ...access } })),
            },
          ]),
      ...(spa === undefined ? [] : [{ head: "single_page_application", values: { redirect_uris: spa.redirectUris } }]),
    ],
  };
  return [
    "# Registers the API in Entra, unless an application has its name: terraform init && terraform apply",
    "# To change an application instead, import it first, with its object ID:",
    "#   terraform import azuread_application.api /applications/OBJECT_ID",
    "terraform {",
    "  required_providers {",
    "    azuread = {",
    '      source  = "hashicorp/azuread"',
    '      version = "~> 3.0"',
    "    }",
    "  }",
    "}",
    "",
    ...(environment === undefined ? [] : ['provider "azuread" {', `  environment = "${environment}"`, "}", ""]),
    ...writeBlock(application, ""),
    "",
    'resource "azuread_application_identifier_uri" "api" {',
    "  application_id = azuread_application.api.id",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of Terraform's
    '  identifier_uri = "api://${azuread_application.api.client_id}"',
    "}",
    "",
    'resource "azuread_service_principal" "api" {',
    "  client_id = azuread_application.api.client_id",
    "}",
    "",
    ...(federation === undefined ? [] : [...writeFederation(federation), ""]),
    'data "azuread_client_config" "current" {}',
    "",
    'output "entra_tenant_id" {',
    "  value = data.azuread_client_config.current.tenant_id",
    "}",
    "",
    'output "entra_api_audience" {',
    "  value = azuread_application.api.client_id",
    "}",
    "",
  ].join("\n");
}

/** The same for Terraform. */
function writeFederation({ issuer, subject, audience }: FederatedCredential): readonly string[] {
  return [
    'resource "azuread_application_federated_identity_credential" "gate" {',
    "  application_id = azuread_application.api.id",
    `  display_name   = ${writeValue(credentialName)}`,
    `  issuer         = ${writeValue(issuer)}`,
    `  subject        = ${subject === undefined ? "azuread_application.api.client_id" : writeValue(subject)}`,
    `  audiences      = ${writeValue([audience])}`,
    "}",
  ];
}

interface Block {
  readonly head: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly blocks?: readonly Block[];
}

/** Writes a block with aligned values. */
function writeBlock({ head, values, blocks = [] }: Block, indent: string): readonly string[] {
  const width = Math.max(0, ...Object.keys(values).map((name) => name.length));
  return [
    `${indent}${head} {`,
    ...Object.entries(values).map(([name, value]) => `${indent}  ${name.padEnd(width)} = ${writeValue(value)}`),
    ...blocks.flatMap((block, index) => [...(index > 0 || width > 0 ? [""] : []), ...writeBlock(block, `${indent}  `)]),
    `${indent}}`,
  ];
}

/** Writes a value of HCL. In a string, `${` and `%{` would begin a template. */
function writeValue(value: unknown): string {
  const text = Array.isArray(value)
    ? `[${value.map((each) => JSON.stringify(each)).join(", ")}]`
    : JSON.stringify(value);
  return text.replace(/([$%])\{/g, "$1$1{");
}
