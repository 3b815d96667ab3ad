import { App, createGate } from "../../src/index.ts";
import { declareMeddlingRoutes } from "./meddling-routes.ts";

export default createGate({ routes: declareMeddlingRoutes(new App()) });
