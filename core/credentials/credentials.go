// Package credentials reads the files in which platforms hand out credentials, and makes a configuration of them. A file is
// recognised by what is in it, never by its name.
package credentials

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// known ends every error about a file that is something else.
const known = "known are treehub.json of HERE OTA Connect's credentials.zip, HERE's credentials.properties, and High Mobility's private key JSON"

// Load reads the bytes of a credentials file. The error is a *core.TokenError that says what was found and what was expected, and holds
// nothing of the file but the names of its fields.
func Load(file []byte) (core.Config, error) {
	file = bytes.TrimPrefix(file, []byte("\ufeff"))
	text := strings.TrimSpace(string(file))
	switch {
	case text == "":
		return core.Config{}, core.CredentialsError("the credentials file is empty")
	case strings.HasPrefix(text, "PK\x03\x04"):
		return core.Config{}, core.CredentialsError("the credentials file is a ZIP archive: unpack it and give its treehub.json")
	case !utf8.Valid(file) || strings.ContainsRune(text, 0):
		return core.Config{}, core.CredentialsError("the credentials file is binary: " + known)
	case text[0] == '<':
		return core.Config{}, core.CredentialsError("the credentials file is an HTML or XML page, perhaps a login page: download it again while signed in; " + known)
	case text[0] == '{':
		return loadJSON([]byte(text))
	case strings.HasPrefix(text, "-----BEGIN "):
		return core.Config{}, core.CredentialsError("the credentials file is a bare PEM key: give it as privateKey, with the clientId that it belongs to")
	default:
		return loadHERE(text)
	}
}

func loadJSON(text []byte) (core.Config, error) {
	file, err := jsonobject.Parse(text)
	if err != nil {
		return core.Config{}, core.CredentialsError("the credentials file " + err.Error())
	}
	switch {
	case file.Get("oauth2") != nil:
		return loadTreehub(file)
	case file.Get("private_key") != nil && file.Get("id") != nil:
		return loadHighMobility(file)
	case file.Get("ostree") != nil:
		return core.Config{}, core.CredentialsError(`treehub.json has no "oauth2" block, so it holds no client credentials: download a provisioning credential from the OTA Connect portal`)
	case file.Get("private_key") != nil:
		return core.Config{}, core.CredentialsError(`the credentials file has a "private_key" but no "id": the key JSON of High Mobility's console has both`)
	}
	return core.Config{}, core.CredentialsError("the credentials file is JSON of an unknown kind: " + known)
}

// loadTreehub reads treehub.json ("OTA Connect API Usage Guide"). The blocks that it doesn't need are ignored, as aktualizr, the
// reference client, does. Like it (src/sota_tools/oauth2.cc), this takes a server without /token at its end for one of the
// former kind: the path is appended and no scope is asked for.
func loadTreehub(file jsonobject.Object) (core.Config, error) {
	oauth2, err := jsonobject.Parse(file.Get("oauth2"))
	if err != nil {
		return core.Config{}, core.CredentialsError(`the "oauth2" of treehub.json ` + err.Error())
	}
	r := jsonReader(oauth2, `the "oauth2" of treehub.json`)
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

// loadHighMobility reads the JSON of a private key ("App > OAuth" in High Mobility's console; HMKitCredentials.kt of its Kotlin SDK). Its
// instance_uri, where there is one, says which environment the key belongs to, or is the address below which the token endpoint is.
func loadHighMobility(file jsonobject.Object) (core.Config, error) {
	r := jsonReader(file, "the private key JSON")
	config := core.Config{
		Provider:   "high-mobility",
		KeyID:      r.required("id"),
		PrivateKey: r.required("private_key"),
		ClientID:   r.optional("client_id"),
	}
	switch instance := strings.TrimSuffix(r.optional("instance_uri"), "/"); instance {
	case "":
	case "https://sandbox.api.high-mobility.com":
		config.Environment = "sandbox"
	case "https://api.high-mobility.com":
		config.Environment = "live"
	default:
		config.TokenEndpoint = instance + "/v1/access_tokens"
	}
	return config, r.err
}

// loadHERE reads HERE's credentials.properties, or its credentials.ini, of which the section [default] counts.
func loadHERE(text string) (core.Config, error) {
	values, where := properties(text), "credentials.properties"
	if section, found := iniSection(text, "default"); found {
		values, where = section, "the section [default] of credentials.ini"
	}
	here := false
	for name := range values {
		here = here || strings.HasPrefix(name, "here.")
	}
	if !here {
		return core.Config{}, core.CredentialsError("the credentials file is text of an unknown kind: " + known)
	}
	r := reader{get: func(name string) (string, bool) { return strings.TrimSpace(values[name]), true }, where: where}
	config := core.Config{
		Provider:      "here",
		TokenEndpoint: r.optional("here.token.endpoint.url"),
		ClientID:      r.required("here.access.key.id"),
		ClientSecret:  r.required("here.access.key.secret"),
	}
	if scope := r.optional("here.token.scope"); scope != "" {
		config.Scope = []string{scope}
	}
	return config, r.err
}

// A reader takes fields out of a file and keeps the first error.
type reader struct {
	get   func(name string) (value string, isText bool)
	where string
	err   error
}

func jsonReader(object jsonobject.Object, where string) reader {
	return reader{where: where, get: func(name string) (string, bool) {
		value := object.Get(name)
		text, isText := jsonobject.Text(value)
		return text, isText || value == nil || value.Kind() == 'n'
	}}
}

func (r *reader) required(name string) string {
	value := r.optional(name)
	if value == "" && r.err == nil {
		r.err = core.CredentialsError(r.where + " has no " + name + ", or it is empty: download the file again")
	}
	return value
}

func (r *reader) optional(name string) string {
	value, isText := r.get(name)
	if !isText && r.err == nil {
		r.err = core.CredentialsError(r.where + " has a " + name + " that is not a string: download the file again")
	}
	return value
}
