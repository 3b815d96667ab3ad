import worker from "../hono-jwk.ts";
import { drive } from "./date.ts";

export default drive(worker);
