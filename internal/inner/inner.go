// Package inner gives the command cmd/fetchtoken what package fetchtoken keeps from other programs.
// Package fetchtoken sets the variables.
package inner

import (
	"context"

	"github.com/fetchtoken/fetchtoken/core"
)

// Response is the name under which the Extra of a token has the text of the whole token response.
// No response has a member of that name, because it isn't UTF-8.
const Response = "\xff"

var (
	// ErrorOf returns the error of package core that a *fetchtoken.TokenError was made of, or nil. Its
	// texts have JavaScript's names.
	ErrorOf func(err error) *core.TokenError

	// ConfigOf returns a configuration as a fetchtoken.Config.
	ConfigOf func(config core.Config) any

	// SchemeFor returns the scheme of Authorization for a token type. It returns an error for a type
	// that needs more than a header.
	SchemeFor func(tokenType string) (string, error)

	// Explain returns the request that a client would send, with the reasons for it. It sends nothing
	// but the request for the metadata of an issuer. With showSecrets, the request is the real one,
	// with its secrets and its signature.
	Explain func(
		ctx context.Context, config core.Config, showSecrets bool,
	) (*core.Explanation, error)
)
