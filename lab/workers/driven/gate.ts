import worker from "../gate.ts";
import { drive } from "./date.ts";

export default drive(worker);
