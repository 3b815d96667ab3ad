import { ConfidentialClientApplication } from "@azure/msal-node";
import worker from "./downstream.ts";

/** The same worker, but it evaluates MSAL when it starts. */
export default { ...worker, application: () => ConfidentialClientApplication };
