package credentials

import (
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// loadTreehub reads treehub.json ("OTA Connect API Usage Guide"). The blocks that it doesn't need
// are ignored, as aktualizr, the reference client, does (docs/credentials.adoc). Like it
// (src/sota_tools/oauth2.cc), this takes a server without /token at its end for one of the former
// kind: the path is appended and no scope is asked for.
func loadTreehub(file jsonobject.Object) (core.Config, error) {
	block := file.Get("oauth2")
	if block == nil {
		return core.Config{}, core.CredentialsError(withoutOAuth2(file))
	}
	oauth2, err := jsonobject.Parse(block)
	if err != nil {
		return core.Config{}, core.CredentialsError(
			`the "oauth2" of treehub.json ` + err.Error() + ": " + fromOTA,
		)
	}
	r := jsonReader(oauth2, `the "oauth2" of treehub.json`, fromOTA)
	config := core.Config{
		Provider:      "ota-connect",
		TokenEndpoint: r.required("server"),
		ClientID:      r.required("client_id"),
		ClientSecret:  r.required("client_secret"),
	}
	scope := r.optional("scope")
	if !strings.HasSuffix(config.TokenEndpoint, "/token") {
		config.TokenEndpoint = strings.TrimSuffix(config.TokenEndpoint, "/") + "/token"
	} else if scope != "" {
		config.Scope = []string{scope}
	}
	return config, r.err
}

// withoutOAuth2 says what the file is for instead: the other ways of authentication that aktualizr
// knows (docs/credentials.adoc).
func withoutOAuth2(file jsonobject.Object) string {
	const instead = `; for a token ` + fromOTA + ` whose treehub.json has an "oauth2" block`
	switch {
	case string(file.Get("certificate_auth")) == "true":
		return "treehub.json is for TLS client authentication" + instead
	case file.Get("basic_auth") != nil:
		return `treehub.json has a "basic_auth" block, a user and a password for TreeHub itself, ` +
			`and no "oauth2" block` + instead
	case string(file.Get("no_auth")) == "true":
		return `treehub.json says "no_auth": its TreeHub wants no token` + instead
	}
	return `treehub.json has no "oauth2" block, so it holds no client credentials` + instead
}
