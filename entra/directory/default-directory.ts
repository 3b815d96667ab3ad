import type { DirectoryConfig } from "./config.ts";
import { mcpCallbackPath, mcpClientId, mcpRedirectUris } from "./mcp-client.ts";

const loopbackRedirectUris = [
  "http://localhost/",
  "http://localhost/callback",
  "http://127.0.0.1/",
  "http://127.0.0.1/callback",
  "http://localhost/docs/oauth2-redirect.html",
  "http://127.0.0.1/docs/oauth2-redirect.html",
];

/** Callbacks of gates, on any port. */
const callbackUris = [`http://127.0.0.1${mcpCallbackPath}`];

/**
 * The directory of every local Entra. It has fixed GUIDs, so that tests, curl lines and configurations can use them.
 */
export const defaultDirectory: DirectoryConfig = {
  tenants: {
    contoso: { id: "c0c0c0c0-0000-4000-8000-000000000001", name: "Contoso" },
    fabrikam: { id: "fab1fab1-0000-4000-8000-000000000002", name: "Fabrikam" },
    msa: { name: "Personal accounts", domain: "personal.example", kind: "personal" },
  },
  users: {
    member: {
      id: "0b1ec700-0000-4000-8000-000000000031",
      name: "Local Member",
      ...describe("Member", "member@contoso.example"),
    },
    guest: {
      id: "0b1ec700-0000-4000-8000-000000000032",
      homeTenant: "fabrikam",
      name: "Local Guest",
      ...describe("Guest", "guest@fabrikam.example"),
    },
    admin: {
      id: "0b1ec700-0000-4000-8000-000000000033",
      name: "Local Admin",
      ...describe("Admin", "admin@contoso.example"),
      roles: { api: ["Orders.Admin"] },
      groups: ["96000000-0000-4000-8000-000000000001", "96000000-0000-4000-8000-000000000002"],
    },
    "many-groups": {
      id: "0b1ec700-0000-4000-8000-000000000034",
      name: "Local Joiner",
      ...describe("Joiner", "joiner@contoso.example"),
      username: "joiner@contoso.example",
      groups: Array.from({ length: 250 }, (_, index) => `96000000-0000-4000-8001-${String(index).padStart(12, "0")}`),
    },
    outsider: {
      id: "0b1ec700-0000-4000-8000-000000000035",
      tenant: "fabrikam",
      name: "Local Outsider",
      ...describe("Outsider", "outsider@fabrikam.example"),
    },
    newcomer: {
      id: "0b1ec700-0000-4000-8000-000000000037",
      name: "Local Newcomer",
      ...describe("Newcomer", "newcomer@contoso.example"),
    },
    cautious: {
      id: "0b1ec700-0000-4000-8000-000000000038",
      name: "Local Cautious",
      ...describe("Cautious", "cautious@contoso.example"),
    },
    blocked: {
      id: "0b1ec700-0000-4000-8000-000000000039",
      name: "Local Blocked",
      ...describe("Blocked", "blocked@contoso.example"),
    },
    "agent-user": {
      id: "0b1ec700-0000-4000-8000-00000000003a",
      name: "Local Agent",
      ...describe("Agent", "agent@contoso.example"),
      username: "agent@contoso.example",
    },
    consumer: {
      id: "00000000-0000-0000-8000-000000000036",
      tenant: "msa",
      name: "Local Consumer",
      ...describe("Consumer", "consumer@personal.example"),
    },
  },
  apps: {
    api: {
      clientId: "a9100000-0000-4000-8000-000000000010",
      servicePrincipalId: "5e500000-0000-4000-8000-000000000010",
      name: "Orders API",
      secrets: ["local-secret-of-the-api"],
      scopes: ["access_as_user", "orders.read"],
      appRoles: ["Orders.Read.All", "Orders.Admin"],
    },
    "mcp-api": {
      clientId: "a9100000-0000-4000-8000-000000000012",
      servicePrincipalId: "5e500000-0000-4000-8000-000000000012",
      name: "MCP server",
      // A facade with `credential: "gate"` can sign users in with the registration of its API.
      redirectUris: { web: callbackUris },
      secrets: ["local-secret-of-the-mcp-server"],
      scopes: ["tools.read", "tools.write"],
    },
    downstream: {
      clientId: "d0550000-0000-4000-8000-000000000011",
      servicePrincipalId: "5e500000-0000-4000-8000-000000000011",
      name: "Inventory API",
      scopes: [
        "inventory.read",
        { name: "inventory.approve", context: "c1", inDefault: false },
        { name: "inventory.audit", inDefault: false },
      ],
    },
    spa: {
      clientId: "c11e0000-0000-4000-8000-000000000021",
      servicePrincipalId: "5e500000-0000-4000-8000-000000000021",
      name: "Single-page app",
      redirectUris: { spa: loopbackRedirectUris },
    },
    "cae-spa": {
      clientId: "c11e0000-0000-4000-8000-000000000022",
      servicePrincipalId: "5e500000-0000-4000-8000-000000000022",
      name: "Single-page app with CAE",
      redirectUris: { spa: loopbackRedirectUris },
      capabilities: ["cp1"],
    },
    daemon: {
      clientId: "c11e0000-0000-4000-8000-000000000023",
      servicePrincipalId: "5e500000-0000-4000-8000-000000000023",
      name: "Daemon",
      secrets: ["local-secret-of-the-daemon"],
      permissions: { api: ["Orders.Read.All"] },
    },
    "daemon-without-roles": {
      clientId: "c11e0000-0000-4000-8000-000000000024",
      servicePrincipalId: "5e500000-0000-4000-8000-000000000024",
      name: "Daemon without roles",
      secrets: ["local-secret-of-the-daemon-without-roles"],
    },
    blueprint: {
      clientId: "b1e00000-0000-4000-8000-000000000025",
      servicePrincipalId: "5e500000-0000-4000-8000-000000000029",
      name: "Blueprint of agents",
      secrets: ["local-secret-of-the-agent"],
    },
    mcp: {
      clientId: mcpClientId,
      servicePrincipalId: "5e500000-0000-4000-8000-000000000026",
      name: "MCP clients",
      redirectUris: { native: [...mcpRedirectUris, ...callbackUris] },
    },
    "mcp-web": {
      clientId: "c11e0000-0000-4000-8000-000000000027",
      servicePrincipalId: "5e500000-0000-4000-8000-000000000027",
      name: "MCP clients, as a web application",
      redirectUris: { web: [...mcpRedirectUris.filter((uri) => /^https?:/.test(uri)), ...callbackUris] },
      secrets: ["local-secret-of-the-mcp-clients"],
    },
    "mcp-spa": {
      clientId: "c11e0000-0000-4000-8000-000000000028",
      servicePrincipalId: "5e500000-0000-4000-8000-000000000028",
      name: "MCP clients, as a single-page application",
      redirectUris: { spa: mcpRedirectUris.filter((uri) => /^https?:/.test(uri)) },
    },
  },
  agents: {
    agent: {
      clientId: "c11e0000-0000-4000-8000-000000000025",
      servicePrincipalId: "5e500000-0000-4000-8000-000000000025",
      name: "Agent",
      blueprint: "blueprint",
      user: "agent-user",
      permissions: { api: ["Orders.Read.All"] },
    },
  },
  consents: [
    { user: "newcomer", given: false },
    { api: "downstream", scopes: ["inventory.audit"], given: false },
  ],
  conditionalAccess: [
    { user: "cautious", app: "api", control: "c1" },
    { user: "blocked", app: "api", control: "block" },
  ],
};

function describe(familyName: string, email: string) {
  return { givenName: "Local", familyName, email };
}
