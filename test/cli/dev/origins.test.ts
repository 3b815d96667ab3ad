import { describe, expect, it } from "vitest";
import { findOrigin, listForwarded, listUrls } from "../../../cli/dev/origins.ts";
import { App } from "../../../src/app/app.ts";
import { origin } from "../../../src/app/build/origin.ts";

const environment = {
  ORIGIN_URL: "https://origin.contoso.example",
  ORIGIN_BILLING_URL: "https://billing.contoso.example",
  ORIGIN_BILLING_SCOPE: "orders.read",
  ORIGIN_STOCK_2_URL: "https://stock.contoso.example",
  ORIGIN_ZONE_URL: "https://zone.contoso.example",
};

describe("the origins that dev replaces", () => {
  it("are those that the routes name", () => {
    const routes = new App().get("/*", { public: true }, origin({ to: "billing" }));
    const code = { options: { routes, unlisted: "reject" as const } };
    expect(listForwarded(code, environment, true)).toEqual(["billing"]);
  });

  it("are all that the project names if the code does not show its routes, so that none elsewhere gets requests", async () => {
    const names = listForwarded({ options: {}, problem: "it does not show its routes" }, environment, true);
    expect(names).toEqual(["ORIGIN", "billing", "stock_2"]);
    for (const name of names) expect(await findOrigin(name, new Map(), environment)).toBeUndefined();
    const urls = listUrls(new Map(names.map((name) => [name, { isSample: true, url: "http://127.0.0.1:1" }])));
    expect(Object.keys(urls)).toEqual(["ORIGIN_URL", "ORIGIN_BILLING_URL", "ORIGIN_STOCK_2_URL"]);
  });
});
