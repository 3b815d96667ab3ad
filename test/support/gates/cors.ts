import { createGate } from "../../../src/index.ts";

export default createGate({ cors: { origins: ["https://app.contoso.example"] } });
