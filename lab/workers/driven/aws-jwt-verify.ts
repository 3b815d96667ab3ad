import worker from "../aws-jwt-verify.ts";
import { drive } from "./date.ts";

export default drive(worker);
