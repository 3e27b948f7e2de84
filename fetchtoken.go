// Package fetchtoken gets OAuth 2.0 access tokens for applications that act on their own behalf. It
// knows the token endpoints of several platforms, which differ from the RFCs in many ways. Give it
// the credentials that you got from a platform:
//
//	config, err := fetchtoken.LoadFile("credentials.properties")
//	client, err := fetchtoken.New(config, &fetchtoken.Options{
//		Origins: []string{"https://api.example.com"},
//	})
//	response, err := client.HTTPClient().Get("https://api.example.com/v1/things")
//
// An application makes one [Client] and keeps it. The Client holds the token, renews it before it
// ends, and repeats a request that may succeed later. It is an [oauth2.TokenSource], so it works
// wherever a TokenSource does. [FetchToken] gets one token and keeps nothing.
//
// A [Config] names a preset or a token endpoint, and has the client's credentials. The page
// docs/any-other-endpoint.md of the project describes its fields.
//
// Every error of this package is a [*TokenError], with two exceptions: the error of a context is
// returned as it is, and so is that of a file that can't be read. No error and no [Event] holds a
// secret, a key, an assertion or a token.
//
// Package core decides which request is sent and reads the response. JavaScript runs the same code
// as WebAssembly. This package adds the time, the randomness and net/http.
package fetchtoken

import (
	"context"
	"io"
	"os"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/credentials"
	"github.com/fetchtoken/fetchtoken/core/credentials/archive"
	"github.com/fetchtoken/fetchtoken/core/renewal"
	"golang.org/x/oauth2"
)

// LoadFile reads a credentials file of a platform: credentials.zip, its treehub.json,
// credentials.properties, credentials.ini, a private key JSON, a service account's key, a .env
// file, or one line CLIENT_ID:CLIENT_SECRET. It recognizes the file by its content, not by its
// name. It rejects all other files. The error says what the file contains, what was expected, and
// where to get it.
//
// The file decides where its secret is sent, and so where any secret is sent that you add to the
// Config. So load no file that somebody else may have put there. LoadFile rejects a pipe or a
// device, which might never end: read it yourself and call [Load].
func LoadFile(name string) (Config, error) {
	file, err := readFile(name)
	if err != nil {
		return Config{}, err
	}
	return load(file, credentials.Options{Filename: name})
}

// Load does the same as LoadFile, with the bytes of a file. A credentials.ini may have several
// sections: profile names one, "" means the section default. For any other file profile must be "".
func Load(file []byte, profile string) (Config, error) {
	return load(file, credentials.Options{Profile: profile})
}

func load(file []byte, options credentials.Options) (Config, error) {
	return loaded(archive.Load(file, options))
}

func loaded(config *core.Config, err error) (Config, error) {
	if err != nil {
		return Config{}, errorOf(err, nil)
	}
	if config.PrivateKeyFile != "" {
		key, err := readFile(config.PrivateKeyFile)
		if err != nil {
			return Config{}, err
		}
		config.PrivateKey = string(key)
	}
	return configOf(*config), nil
}

// readFile reads a regular file, up to the limit of package archive.
func readFile(name string) ([]byte, error) {
	file, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, archive.MaxSize+1))
}

// LoadEnvironment reads the configuration from environment variables. FETCHTOKEN_CLIENT_ID sets
// ClientID, and so on for every field that a text can set. [credentials.FromEnvironment] lists the
// other variables. It reads the file of the private key that a variable names.
func LoadEnvironment() (Config, error) {
	return loaded(credentials.FromEnvironment(os.Environ()))
}

// FetchToken sends one request and returns the token. It keeps nothing and repeats nothing. nil
// options mean the defaults. It uses their HTTPClient, Sign, Timeout, MaxBody, Clock and Random.
//
// If ctx is done first, the error is ctx.Err().
func FetchToken(ctx context.Context, config Config, options *Options) (*oauth2.Token, error) {
	if options != nil && options.DPoP != nil {
		return nil, configError("Options.DPoP",
			"is for New: only a Client can send a token that is bound to a key")
	}
	if options != nil && options.Config != nil {
		return nil, configError("Options.Config", "is for New: FetchToken takes a Config")
	}
	x, err := newExchanger(config, options)
	if err != nil {
		return nil, err
	}
	do, err := x.renew(ctx, renewal.Limits{Attempts: 1}, nil)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	return tokenOf(do.Token), nil
}
