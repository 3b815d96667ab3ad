import { App, createGate, requireAuth } from "entra-gate";
import { downstream, readClaimsChallenge } from "entra-gate/downstream";

const routes = new App().get("/me", { hooks: requireAuth("a") }, async ({ state }) => {
  const { accessToken } = await state.downstream.onBehalfOf(["https://graph.microsoft.com/User.Read"]);
  return { status: 200, body: { length: accessToken.length } };
});
export default createGate({ routes, downstream: downstream() });
export { readClaimsChallenge };
