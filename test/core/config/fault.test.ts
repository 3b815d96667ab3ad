import { expect, it } from "vitest";
import { describeFault } from "../../../src/core/config/fault.ts";

it("writes a fault as one line that names the variable, the problem and an example", () => {
  const fault = { variable: "ENTRA_TENANT_ID", problem: "is missing", example: "ENTRA_TENANT_ID=1111" };
  expect(describeFault(fault)).toBe("ENTRA_TENANT_ID is missing. Example: ENTRA_TENANT_ID=1111");
});
