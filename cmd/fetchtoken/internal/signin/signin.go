// Package signin has what fetchtoken login keeps of a client: the grant that began the session. The
// session itself, with its newest refresh token, is kept as of every client with a store.
// js/cli/sign_in.js describes the record and its key, and writes and reads the same ones.
package signin

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/fetchtoken/fetchtoken"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/cause"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/internal/inner"
	"github.com/fetchtoken/fetchtoken/stores/filestore"
)

// A SignIn is a grant: its type, its parameters, and the scope that was asked for, as one text.
type SignIn struct {
	GrantType  string            `json:"grantType"`
	Parameters map[string]string `json:"parameters"`
	Scope      string            `json:"scope"`
}

// ofUser are the grant types that begin or continue a session.
var ofUser = []string{
	"", "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code",
}

const (
	// lifetime is how long a record is kept after a renewal: less than a session, which is 90 days.
	lifetime = 89 * 24 * time.Hour
	// longest is how long a token lives if the server gave neither its end nor a refresh token: the
	// longest time that a client of JavaScript takes.
	longest = math.MaxInt32 * time.Millisecond
)

// Of returns the sign-in of a configuration's client. It returns nil if nobody is signed in, or if
// the configuration has a grant of its own.
func Of(ctx context.Context, config core.Config) (*SignIn, error) {
	if HasGrant(config) {
		return nil, nil
	}
	key, err := sealingKey()
	if key == nil || err != nil {
		return nil, usageError(err)
	}
	store, sealer, err := recordOf(config, key)
	if err != nil {
		return nil, usageError(err)
	}
	record, _, err := store.Get(ctx, sealer.Key)
	if err != nil || record == "" {
		return nil, usageError(err)
	}
	var s *SignIn
	if json.Unmarshal(sealer.Open(record), &s) != nil {
		return nil, nil // another key sealed it
	}
	return s, nil
}

// HasGrant reports whether a configuration has a grant that isn't of a sign-in. Its parameters must
// not become a part of an address.
func HasGrant(config core.Config) bool {
	if !slices.Contains(ofUser, config.GrantType) {
		return true
	}
	var named core.Config
	for _, p := range config.Parameters {
		named.Parameters = append(named.Parameters, core.Parameter{
			Name: p.Name, Values: []string{"any"},
		})
	}
	return named.HasSecret()
}

// Keep keeps the sign-in of a configuration's client. It replaces the one before.
func (s *SignIn) Keep(ctx context.Context, config core.Config) error {
	key, err := sealingKey()
	if key == nil && err == nil {
		key, err = makeSealingKey()
	}
	if err != nil {
		return usageError(err)
	}
	store, sealer, err := recordOf(config, key)
	if err != nil {
		return usageError(err)
	}
	text, err := json.Marshal(s)
	if err == nil {
		err = store.Set(ctx, sealer.Key, sealer.Seal(text), lifetime)
	}
	return usageError(err)
}

// Forget removes the sign-in of a configuration's client.
func Forget(ctx context.Context, config core.Config) error {
	key, err := sealingKey()
	if key == nil || err != nil {
		return usageError(err)
	}
	store, sealer, err := recordOf(config, key)
	if err == nil {
		err = store.Delete(ctx, sealer.Key)
	}
	return usageError(err)
}

// IsSame reports whether two sign-ins have the same grant.
func (s *SignIn) IsSame(other *SignIn) bool { return maps.Equal(s.Parameters, other.Parameters) }

// IsLasting reports whether the session can be renewed.
func (s *SignIn) IsLasting() bool { return s.GrantType == "refresh_token" }

// On returns a configuration with the grant of the sign-in. Its requests have a scope only if it
// isn't the scope of the sign-in, which a refresh token has anyway (RFC 6749 section 6).
func (s *SignIn) On(config core.Config) core.Config {
	if ScopeOf(config) == s.Scope {
		config.Scope = []string{}
	}
	config.GrantType, config.Parameters = s.GrantType, nil
	for _, name := range slices.Sorted(maps.Keys(s.Parameters)) {
		config.Parameters = append(config.Parameters, core.Parameter{
			Name: name, Values: []string{s.Parameters[name]},
		})
	}
	return config
}

// Unseen returns the sign-in without its refresh token. A refresh token that works once is not
// shown: whoever used it would end the session.
func (s *SignIn) Unseen() *SignIn {
	unseen := *s
	unseen.Parameters = map[string]string{"refresh_token": "REFRESH_TOKEN"}
	return &unseen
}

// ScopeOf returns the scope of a configuration as one text.
func ScopeOf(config core.Config) string { return strings.Join(config.Scope, " ") }

// Lifetime is Options.Lifetime of a client that uses the sign-in.
func (s *SignIn) Lifetime() time.Duration {
	if s.IsLasting() {
		return 0
	}
	return longest
}

// Session returns the session of the sign-in.
func (s *SignIn) Session(config core.Config) (*Session, error) {
	store, err := Store()
	if err != nil {
		return nil, err
	}
	of, err := inner.SessionOf(inner.ConfigOf(s.On(config)), store)
	return &Session{of}, err
}

// A Session is an inner.Session whose errors name the files as the cause.
type Session struct{ of inner.Session }

// Keep keeps the first token.
func (s *Session) Keep(ctx context.Context, first *inner.Renewed, state string) error {
	return usageError(s.of.Keep(ctx, first, state))
}

// End ends the session, as inner.Session says.
func (s *Session) End(ctx context.Context, revoke func(token, hint string) error) error {
	return usageError(s.of.End(ctx, revoke))
}

// Forget removes the records of the session.
func (s *Session) Forget(ctx context.Context) error { return usageError(s.of.Forget(ctx)) }

// Store returns the store of the command.
func Store() (*filestore.Store, error) {
	store, err := filestore.New("")
	if err != nil { // its words are those of the store in JavaScript
		message := strings.Replace(err.Error(), "filestore", "fileStore", 1)
		return nil, core.NewError(core.CodeInvalidConfig, message)
	}
	return store, nil
}

func recordOf(config core.Config, key []byte) (*filestore.Store, *inner.Sealer, error) {
	sealer, err := inner.SignInSealer(config, key)
	if err != nil {
		return nil, nil, err
	}
	store, err := Store()
	return store, sealer, err
}

// usageError returns the error of a failure of the session's files. Every other error it returns as
// it is.
func usageError(err error) error {
	var wrong *usage.Error
	var failed *fetchtoken.TokenError
	var cored *core.TokenError
	if err == nil || errors.As(err, &wrong) || errors.As(err, &failed) || errors.As(err, &cored) {
		return err
	}
	return &usage.Error{Message: "the files of the session can't be used: " + cause.Of(err)}
}
