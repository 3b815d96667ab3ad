import worker from "../hono-jose.ts";
import { drive } from "./date.ts";

export default drive(worker);
