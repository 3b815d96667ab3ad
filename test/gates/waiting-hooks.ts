import { App, createGate, type Hooks, requireAuth } from "../../src/index.ts";
import { look, wait } from "../support/late.ts";

const watch: Hooks = {
  onSend: (response, context) => look("onSend", context, response),
  onResponse: (_response, context) => look("onResponse", context),
};

/** A hook behind the guard takes long, and others see the response. */
const routes = new App().use(watch).get(
  "/me",
  {
    hooks: [
      requireAuth("access_as_user"),
      {
        async beforeHandle() {
          await wait();
        },
      },
    ],
  },
  () => ({ status: 200 }),
);

export default createGate({ routes, unlisted: "reject" });
