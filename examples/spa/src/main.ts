// A single-page application: MSAL signs the user in, and the API gets an access token for its own scope.
import { PublicClientApplication } from "@azure/msal-browser";

const scopes = ["api://a9100000-0000-4000-8000-000000000010/orders.read"];
const msal = new PublicClientApplication({
  auth: {
    clientId: "c11e0000-0000-4000-8000-000000000021",
    authority: "https://login.microsoftonline.com/c0c0c0c0-0000-4000-8000-000000000001",
    redirectUri: `${location.origin}/`,
  },
});

await msal.initialize();
const result = await msal.handleRedirectPromise();
const account = result?.account ?? msal.getAllAccounts()[0];

document.querySelector("#sign-in")?.addEventListener("click", () => msal.loginRedirect({ scopes }));

if (account) {
  const { accessToken } = await msal.acquireTokenSilent({ scopes, account });
  const response = await fetch("https://api.contoso.com/orders", {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  document.querySelector("#orders")!.textContent = await response.text();
}
