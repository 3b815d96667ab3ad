// Signs in with MSAL, as a daemon, for a user of another client, and with a code. Prints what it got as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func create(id string, credential confidential.Credential) confidential.Client {
	return must(confidential.New(os.Getenv("AUTHORITY"), id, credential, confidential.WithInstanceDiscovery(false)))
}

func secret(name string) confidential.Credential {
	return must(confidential.NewCredFromSecret(os.Getenv(name)))
}

// Chooses a user on the sign-in page, and returns the code that the client gets.
func signIn(page string) string {
	address := must(url.Parse(page))
	form := address.Query()
	form.Set("persona", "member")
	address.RawQuery = ""
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer := must(browser.PostForm(address.String(), form))
	return must(answer.Location()).Query().Get("code")
}

func main() {
	ctx := context.Background()
	scopes := []string{os.Getenv("SCOPE")}
	tokens := map[string]string{}

	daemon := create(os.Getenv("DAEMON_ID"), secret("DAEMON_SECRET"))
	tokens["secret"] = must(daemon.AcquireTokenByCredential(ctx, scopes)).AccessToken

	certificates, key, err := confidential.CertFromPEM(must(os.ReadFile(os.Getenv("CERTIFICATE"))), "")
	if err != nil {
		panic(err)
	}
	certified := create(os.Getenv("CERTIFIED_ID"), must(confidential.NewCredFromCert(certificates, key)))
	tokens["certificate"] = must(certified.AcquireTokenByCredential(ctx, scopes)).AccessToken

	middle := create(os.Getenv("MIDDLE_ID"), secret("MIDDLE_SECRET"))
	behind := []string{os.Getenv("MIDDLE_SCOPE")}
	tokens["onBehalfOf"] = must(middle.AcquireTokenOnBehalfOf(ctx, os.Getenv("ASSERTION"), behind)).AccessToken

	web := create(os.Getenv("WEB_ID"), secret("WEB_SECRET"))
	page := must(web.AuthCodeURL(ctx, os.Getenv("WEB_ID"), os.Getenv("REDIRECT"), scopes))
	signedIn := must(web.AcquireTokenByAuthCode(ctx, signIn(page), os.Getenv("REDIRECT"), scopes))
	tokens["code"] = signedIn.AccessToken
	silent := must(web.AcquireTokenSilent(ctx, scopes, confidential.WithSilentAccount(signedIn.Account)))
	tokens["silent"] = silent.AccessToken

	fmt.Println(string(must(json.Marshal(tokens))))
}
