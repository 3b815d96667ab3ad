import { clients } from "../../entra/directory/clients.ts";
import { App, docs, entraPlugin, openapi, secureHeaders } from "../../src/index.ts";
import { declareSample } from "../support/openapi/sample.ts";

/** An app of 40 routes with public documentation. */
const app = new App({ title: "Sample", version: "1.2.3", description: "Forty routes." });
app.use(secureHeaders());
app.register(entraPlugin);
app.register(openapi({ public: true }));
app.register(docs({ clientId: clients.spa.clientId, public: true }));
declareSample(app);

export default app;
