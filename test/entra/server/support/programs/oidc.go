// Signs a user in with go-oidc and x/oauth2, as a web application does, and verifies the tokens. Prints what it got as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	ctx := context.Background()
	provider := must(oidc.NewProvider(ctx, os.Getenv("ISSUER")))
	config := oauth2.Config{
		ClientID: os.Getenv("WEB_ID"), ClientSecret: os.Getenv("WEB_SECRET"), RedirectURL: os.Getenv("REDIRECT"),
		Endpoint: provider.Endpoint(), Scopes: []string{"openid", "profile", "email"},
	}
	verifier := oauth2.GenerateVerifier()
	page := must(url.Parse(config.AuthCodeURL("state", oauth2.S256ChallengeOption(verifier), oidc.Nonce("nonce"))))
	form := page.Query()
	form.Set("persona", "member")
	page.RawQuery = ""
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	callback := must(must(browser.PostForm(page.String(), form)).Location()).Query()
	tokens := must(config.Exchange(ctx, callback.Get("code"), oauth2.VerifierOption(verifier)))
	idToken := must(provider.Verifier(&oidc.Config{ClientID: config.ClientID}).Verify(ctx, tokens.Extra("id_token").(string)))
	var claims struct{ Name, Email string }
	if err := idToken.Claims(&claims); err != nil {
		panic(err)
	}
	user := must(provider.UserInfo(ctx, oauth2.StaticTokenSource(tokens)))
	fmt.Println(string(must(json.Marshal(map[string]any{
		"name": claims.Name, "email": claims.Email, "sub": user.Subject == idToken.Subject && idToken.Nonce == "nonce",
	}))))
}
