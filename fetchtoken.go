// Package fetchtoken gets OAuth 2.0 access tokens for applications that ask on their own behalf, from token endpoints that are not all the
// textbook one. Give it the credentials that a platform handed you:
//
//	config, err := fetchtoken.LoadFile("credentials.properties")
//	client, err := fetchtoken.New(config, &fetchtoken.Options{Origins: []string{"https://api.example.com"}})
//	response, err := client.HTTPClient().Get("https://api.example.com/v1/things")
//
// A [Client] is what an application holds for its lifetime: it keeps the token, renews it ahead of its end, repeats what may work later, and is
// an [oauth2.TokenSource], so whatever takes one takes a Client. [FetchToken] is one exchange, of which nothing is kept.
//
// A [Config] names a preset or a token endpoint, and the client's credentials; the README of the project describes its fields. Every error of this
// package is a [*TokenError], but for that of a context, which is returned as it is, and that of a file that can't be read. No error and no
// [Event] holds a secret, a key, an assertion or a token.
//
// What decides is package core, the same code that JavaScript runs as WebAssembly; this package adds the time, the randomness and net/http.
package fetchtoken

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/credentials"
	"github.com/fetchtoken/fetchtoken/core/credentials/archive"
	"github.com/fetchtoken/fetchtoken/core/renewal"
	"golang.org/x/oauth2"
)

// The types of package core that a caller meets.
type (
	Config     = core.Config
	Assertion  = core.Assertion
	Parameter  = core.Parameter
	TokenError = core.TokenError
)

// The values of [Config.ClientAuth].
const (
	ClientSecretBasic = core.ClientSecretBasic
	ClientSecretPost  = core.ClientSecretPost
	ClientSecretJWT   = core.ClientSecretJWT
	PrivateKeyJWT     = core.PrivateKeyJWT
	OAuth1            = core.OAuth1
	None              = core.None
)

// The values of [TokenError.Code]. They are stable: switch on them, not on the message.
const (
	CodeInvalidConfig      = core.CodeInvalidConfig
	CodeInvalidKey         = core.CodeInvalidKey
	CodeInvalidCredentials = core.CodeInvalidCredentials
	CodeErrorResponse      = core.CodeErrorResponse
	CodeHTTPError          = core.CodeHTTPError
	CodeInvalidResponse    = core.CodeInvalidResponse
	CodeRedirect           = core.CodeRedirect
	CodeResponseTooLarge   = core.CodeResponseTooLarge
	CodeTimeout            = core.CodeTimeout
	CodeNetwork            = core.CodeNetwork
	CodeInternal           = core.CodeInternal
	CodeClosed             = "closed" // the client was closed
)

// LoadFile reads the credentials file that a platform handed out: credentials.zip, its treehub.json, credentials.properties, credentials.ini, a
// private key JSON, a service account's key, a .env file, or one line CLIENT_ID:CLIENT_SECRET. It is recognised by what is in it. Package
// core/credentials does the same for bytes.
//
// What the file says is where its secret is sent, and any that you add to it: load none that somebody else may have put there. It is a regular
// file; of a pipe or a device, which could be waited for without an end, give the bytes to package core/credentials/archive.
func LoadFile(name string) (Config, error) {
	file, err := readFile(name)
	if err != nil {
		return Config{}, err
	}
	return archive.Load(file, credentials.Options{Filename: name})
}

// readFile reads a regular file, as far as package archive would.
func readFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("is not a regular file")}
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, archive.MaxSize+1))
}

// LoadEnvironment makes a configuration of the environment: FETCHTOKEN_CLIENT_ID is ClientID, and so on for every field that a text can set.
// [credentials.FromEnvironment] says which other variables it knows.
func LoadEnvironment() (Config, error) {
	return credentials.FromEnvironment(os.Environ())
}

// FetchToken gets a token: one exchange, of which nothing is kept and nothing repeated. Of the options it takes HTTPClient, Sign, Timeout, MaxBody,
// Clock and Random; nil means the defaults.
//
// When ctx is done first, the error is that of ctx.
func FetchToken(ctx context.Context, config Config, options *Options) (*oauth2.Token, error) {
	x, err := newExchanger(config, options)
	if err != nil {
		return nil, err
	}
	do, err := x.renew(ctx, renewal.Limits{Attempts: 1}, func(*renewal.Action) {})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	return tokenOf(do.Token), nil
}
