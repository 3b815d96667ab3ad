import { clients } from "../../entra/directory/clients.ts";
import { api, tenants } from "../../entra/directory/directory.ts";
import { personas } from "../../entra/directory/personas.ts";
import { App, anyOf, createGate, origin, requireAuth } from "../../src/index.ts";

const [accessAsUser, readOrders] = api.scopes;
const [firstGroup = "", secondGroup = ""] = personas.admin.groups;
/** In no token of the local Entra. */
const otherGroup = "96000000-0000-4000-8044-00000000ffff";
const [readAll, admin] = api.appRoles;

/** Every route forwards, so that the origin counts the allowed requests. */
export default createGate({
  unlisted: "reject",
  routes: new App()
    .route({ method: "GET", path: "/bare", handler: origin() })
    .route({ method: "GET", path: "/public", public: true, handler: origin() })
    .route({ method: "GET", path: "/own-parameter", ownsAccessTokenParameter: true, handler: origin() })
    .route({ method: "GET", path: "/scope", middleware: [requireAuth(accessAsUser)], handler: origin() })
    .route({ method: "GET", path: "/scopes", middleware: [requireAuth(...api.scopes)], handler: origin() })
    .route({
      method: "GET",
      path: "/any-scope",
      middleware: [requireAuth({ anyScope: ["orders.write", readOrders] })],
      handler: origin(),
    })
    .route({ method: "GET", path: "/app", middleware: [requireAuth({ anyRole: [readAll] })], handler: origin() })
    .route({
      method: "GET",
      path: "/app-roles",
      middleware: [requireAuth({ roles: [readAll, admin] })],
      handler: origin(),
    })
    .route({
      method: "GET",
      path: "/user-role",
      middleware: [requireAuth({ scopes: [accessAsUser], roles: [admin] })],
      handler: origin(),
    })
    .route({
      method: "GET",
      path: "/either",
      middleware: [anyOf(requireAuth(readOrders), requireAuth({ anyRole: [readAll] }))],
      handler: origin(),
    })
    .route({
      method: "GET",
      path: "/client",
      middleware: [requireAuth({ scopes: [accessAsUser], clients: [clients["cae-spa"].clientId] })],
      handler: origin(),
    })
    .route({
      method: "GET",
      path: "/tenant",
      middleware: [requireAuth({ scopes: [accessAsUser], tenants: [tenants.fabrikam.id] })],
      handler: origin(),
    })
    .route({
      method: "GET",
      path: "/group",
      middleware: [requireAuth({ scopes: [accessAsUser], groups: [secondGroup] })],
      handler: origin(),
    })
    .route({
      method: "GET",
      path: "/any-group",
      middleware: [requireAuth({ scopes: [accessAsUser], anyGroup: [otherGroup, firstGroup] })],
      handler: origin(),
    })
    .route({
      method: "GET",
      path: "/step-up",
      middleware: [requireAuth({ scopes: [accessAsUser], acrs: ["c1"] })],
      handler: origin(),
    }),
});
