// Command sign_in_go signs a user in as the lines of its input say, and prints each result as JSON.
// js/test/sign_in_provider.test.js runs it.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"log"
	"os"

	"github.com/fetchtoken/fetchtoken"
	"golang.org/x/oauth2"
)

func main() {
	ctx, input, output := context.Background(), bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	config := fetchtoken.Config{
		Issuer: os.Args[2], ClientID: "app", ClientSecret: "app-secret",
		Scope: []string{"openid", "offline_access"},
	}
	check := func(err error) {
		if err != nil {
			log.Fatal(err)
		}
	}
	var token *oauth2.Token
	switch os.Args[1] {
	case "code":
		a, err := fetchtoken.AuthorizationURL(
			ctx, config, os.Args[3], map[string][]string{"prompt": {"consent"}}, nil)
		check(err)
		check(output.Encode(map[string]any{"url": a.URL}))
		input.Scan()
		grant, err := a.ParseCallback(input.Text(), config)
		check(err)
		token, err = fetchtoken.FetchToken(ctx, grant, nil)
		check(err)
	case "device":
		device, err := fetchtoken.DeviceAuthorization(ctx, config, nil, nil)
		check(err)
		check(output.Encode(map[string]any{"url": device.VerificationURIComplete}))
		token, err = device.Poll(ctx)
		check(err)
	}
	check(output.Encode(map[string]any{
		"access_token": token.AccessToken, "refresh_token": token.RefreshToken,
	}))
	input.Scan()
	check(fetchtoken.RevokeToken(ctx, config, token.RefreshToken, "refresh_token", nil))
	check(output.Encode(map[string]any{"revoked": true}))
}
