import { App, entraPlugin } from "../../src/index.ts";
import { declareSharingRoutes } from "./sharing-routes.ts";

const app = new App();
app.register(entraPlugin);

export default declareSharingRoutes(app);
