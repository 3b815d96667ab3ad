import { App, entraPlugin } from "../../src/index.ts";
import { declareMeddlingRoutes } from "./meddling-routes.ts";

const app = new App();
app.register(entraPlugin);

export default declareMeddlingRoutes(app);
