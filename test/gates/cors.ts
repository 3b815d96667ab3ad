import { cors, createGate } from "../../src/index.ts";

export default createGate({ cors: cors({ origin: "https://app.contoso.example" }) });
