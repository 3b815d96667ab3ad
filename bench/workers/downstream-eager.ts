import { ConfidentialClientApplication } from "@azure/msal-node";
import worker from "./downstream.ts";

/** The same, if it evaluated MSAL when it starts. */
export default { ...worker, application: () => ConfidentialClientApplication };
