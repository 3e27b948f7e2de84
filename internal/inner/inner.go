// Package inner gives the command cmd/fetchtoken what package fetchtoken keeps from other programs.
// Package fetchtoken sets the variables.
package inner

import (
	"context"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/renewal"
	"golang.org/x/oauth2"
)

// Response is the name under which the Extra of a token has the text of the whole token response.
// No response has a member of that name, because it isn't UTF-8.
const Response = "\xff"

// A Renewed is a new token, with the times for which it is kept.
type Renewed struct {
	Token *oauth2.Token
	Keep  *renewal.Action
}

// Codes are the codes of a device (RFC 8628), without the code that is a secret.
type Codes struct {
	Shown jsonobject.Object
	// Poll waits until the user has decided, until ctx is done or until the codes expire.
	Poll func(ctx context.Context) (*Renewed, error)
}

// A Session is the session of a user who signed in once, for many processes: it keeps the first
// token as a client keeps it, and it ends the session. In between, clients of the same
// configuration use it. js/client/kept_session.js does the same.
type Session interface {
	// Keep keeps the first token. state is that of the grant, as package renewal writes it.
	Keep(ctx context.Context, first *Renewed, state string) error

	// End ends the session: revoke revokes the newest refresh token, or the access token if there is
	// none, or gets "" if there is no token at all. Then the records are removed, even if revoke
	// fails. Meanwhile nobody can renew the session. If another process renews it, the code of the
	// error is timeout, and nothing has changed.
	End(ctx context.Context, revoke func(token, hint string) error) error

	// Forget removes the records.
	Forget(ctx context.Context) error
}

// A Sealer seals and opens the record of a key in a store.
type Sealer struct {
	Key  string
	Seal func(text []byte) string
	Open func(record string) []byte // nil if it was sealed otherwise
}

// Each config of type any is a fetchtoken.Config.
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

	// Fetch sends one token request.
	Fetch func(ctx context.Context, config any) (*Renewed, error)

	// AskForCodes requests the codes of a device.
	AskForCodes func(ctx context.Context, config any) (*Codes, error)

	// SessionOf returns the session of a configuration with its grant. store is a
	// fetchtoken.LeasingStore.
	SessionOf func(config, store any) (Session, error)

	// SignInSealer returns the sealer of the record that says who is signed in with a configuration's
	// client.
	SignInSealer func(config core.Config, key []byte) (*Sealer, error)
)
