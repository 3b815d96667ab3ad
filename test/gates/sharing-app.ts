import { App, entraPlugin } from "../../src/index.ts";
import { declareSharingRoutes, shareByPolicy } from "./sharing-routes.ts";

const app = new App();
app.register(entraPlugin);
app.use({ cors: shareByPolicy });

export default declareSharingRoutes(app);
