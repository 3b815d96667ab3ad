import { randomUUID } from "node:crypto";
import type { Variables } from "./answers.ts";

/**
 * Creates the body of a Microsoft Graph request that configures the API's registration for the gate (Microsoft Graph
 * v1.0, resource type application). It sets version 2 tokens, the scope, the app role, and the optional claims that
 * identify apps and client capabilities. It also sets the redirect URIs of a client that shares the registration.
 *
 * @param callbacks redirect URIs of a single-page application
 */
export function createRegistration(
  name: string,
  { ENTRA_REQUIRED_SCOPE: scopes = "", ENTRA_REQUIRED_ROLE: roles = "" }: Variables,
  callbacks: readonly string[],
) {
  const split = (list: string) => list.split(/[\s,]+/).filter(Boolean);
  return {
    displayName: name,
    signInAudience: "AzureADMyOrg",
    api: {
      requestedAccessTokenVersion: 2,
      oauth2PermissionScopes: split(scopes).map((value) => ({
        id: randomUUID(),
        value,
        type: "User",
        isEnabled: true,
        adminConsentDisplayName: `Call ${name}: ${value}`,
        adminConsentDescription: `Allows the app to call ${name} as the signed-in user.`,
        userConsentDisplayName: `Call ${name}: ${value}`,
        userConsentDescription: `Allows the app to call ${name} as you.`,
      })),
    },
    appRoles: split(roles).map((value) => ({
      id: randomUUID(),
      value,
      displayName: value,
      description: `Allows an app to call ${name} for itself.`,
      allowedMemberTypes: ["Application"],
      isEnabled: true,
    })),
    optionalClaims: {
      accessToken: [
        { name: "xms_cc", essential: false, additionalProperties: [] },
        { name: "idtyp", essential: false, additionalProperties: ["include_user_token"] },
      ],
    },
    spa: { redirectUris: [...callbacks] },
  };
}

type Registration = ReturnType<typeof createRegistration>;

/** Creates commands of the Azure CLI. */
export function writeAzCommands(registration: Registration): string {
  const body = JSON.stringify(registration, null, 2).replaceAll("'", "'\\''");
  return [
    `APP_ID=$(az ad app create --display-name '${registration.displayName}' --query appId --output tsv)`,
    `az rest --method PATCH --url "https://graph.microsoft.com/v1.0/applications(appId='$APP_ID')" \\`,
    `  --headers Content-Type=application/json --body '${body}'`,
    `az ad app update --id "$APP_ID" --identifier-uris "api://$APP_ID"`,
    `az ad sp create --id "$APP_ID"`,
    `echo "$APP_ID"   # the audience`,
  ].join("\n");
}

/** Creates requests to Microsoft Graph. */
export function writeGraphRequests(registration: Registration): string {
  return [
    "POST https://graph.microsoft.com/v1.0/applications",
    "Content-Type: application/json",
    "",
    JSON.stringify(registration, null, 2),
    "",
    "# Then, with appId of the answer, which is the audience:",
    "PATCH https://graph.microsoft.com/v1.0/applications(appId='APP_ID')",
    "Content-Type: application/json",
    "",
    JSON.stringify({ identifierUris: ["api://APP_ID"] }),
    "",
    "POST https://graph.microsoft.com/v1.0/servicePrincipals",
    "Content-Type: application/json",
    "",
    JSON.stringify({ appId: "APP_ID" }),
  ].join("\n");
}

/** Creates a fragment for Terraform, with the provider hashicorp/azuread, version 3. */
export function writeTerraform(registration: Registration): string {
  const { displayName, signInAudience, api, appRoles, optionalClaims, spa } = registration;
  return [
    'resource "azuread_application" "api" {',
    ...assign({ display_name: displayName, sign_in_audience: signInAudience }),
    "  api {",
    ...assign({ requested_access_token_version: api.requestedAccessTokenVersion }),
    ...api.oauth2PermissionScopes.flatMap((scope) => [
      "    oauth2_permission_scope {",
      ...assign({
        ...{ id: scope.id, value: scope.value, type: scope.type },
        admin_consent_display_name: scope.adminConsentDisplayName,
        admin_consent_description: scope.adminConsentDescription,
        user_consent_display_name: scope.userConsentDisplayName,
        user_consent_description: scope.userConsentDescription,
      }),
      "    }",
    ]),
    "  }",
    ...appRoles.flatMap(({ id, value, displayName: label, description, allowedMemberTypes }) => [
      "  app_role {",
      ...assign({ id, value, display_name: label, description, allowed_member_types: allowedMemberTypes }),
      "  }",
    ]),
    "  optional_claims {",
    ...optionalClaims.accessToken.flatMap(({ name, additionalProperties }) => [
      "    access_token {",
      ...assign({ name, additional_properties: additionalProperties }),
      "    }",
    ]),
    "  }",
    "  single_page_application {",
    ...assign({ redirect_uris: spa.redirectUris }),
    "  }",
    "}",
    'resource "azuread_application_identifier_uri" "api" {',
    "  application_id = azuread_application.api.id",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of Terraform's
    '  identifier_uri = "api://${azuread_application.api.client_id}"',
    "}",
    'resource "azuread_service_principal" "api" {',
    "  client_id = azuread_application.api.client_id",
    "}",
  ].join("\n");
}

/** Writes attributes of HCL. In a string, `${` and `%{` would begin a template. */
function assign(values: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(values).map(
    ([name, value]) => `      ${name} = ${JSON.stringify(value).replace(/([$%])\{/g, "$1$1{")}`,
  );
}
