import { App, createGate, origin, requireAuth } from "../../src/index.ts";

const nobody = [requireAuth("never.granted")];

/**
 * Routes that allow no caller, below wildcards for any caller or members. All forward, so the origin counts allowed
 * requests.
 */
export default createGate({
  routes: new App()
    .route({ method: "GET", path: "/*", middleware: [requireAuth("access_as_user")], handler: origin() })
    .route({ method: "GET", path: "/admin/users", middleware: nobody, handler: origin() })
    .route({ method: "GET", path: "/protected", middleware: nobody, handler: origin() })
    .route({ method: "GET", path: "/files/*", public: true, handler: origin() })
    .route({ method: "GET", path: "/files/secret", middleware: nobody, handler: origin() })
    .route({ method: "GET", path: "/files/lodz", middleware: nobody, handler: origin() })
    .route({ method: "GET", path: "/files/report.php", middleware: nobody, handler: origin() })
    .route({ method: "GET", path: "/files/service.svc", middleware: nobody, handler: origin() })
    .route({ method: "GET", path: "/files/service.svc/*", public: true, handler: origin() })
    .route({ method: "GET", path: "/cgi-bin/report", middleware: nobody, handler: origin() })
    .route({ method: "GET", path: "/files/private/*", middleware: nobody, handler: origin() })
    .route({ method: "GET", path: "/files/:name/keys", middleware: nobody, handler: origin() })
    .route({ method: "GET", path: "/files/orders/:id", middleware: nobody, handler: origin() })
    .route({ method: "GET", path: "/files/shared/*", public: true, handler: origin() })
    .route({ method: "GET", path: "/files/shared/:name", public: true, handler: origin() })
    .route({ method: "DELETE", path: "/users/:id", middleware: nobody, handler: origin() })
    .route({ method: "HEAD", path: "/files/*", public: true, handler: origin() })
    .route({ method: "HEAD", path: "/files/secret/size", public: true, handler: origin() })
    .route({ method: "GET", path: "/files/secret/size", middleware: nobody, handler: origin() })
    .route({ method: "POST", path: "/files/*", public: true, handler: origin() })
    .route({ method: "OPTIONS", path: "/files/*", public: true, handler: origin() })
    .route({ method: "DELETE", path: "/files/*", handler: origin() })
    .route({ method: "PUT", path: "/files/*", middleware: [requireAuth("access_as_user")], handler: origin() }),
});
