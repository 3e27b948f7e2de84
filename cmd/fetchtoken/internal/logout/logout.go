// Package logout is fetchtoken logout: it revokes the token of a session (RFC 7009), and forgets
// the session. js/cli/logout.js does the same.
package logout

import (
	"context"
	"io"

	"github.com/fetchtoken/fetchtoken"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/report"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/signin"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/internal/inner"
)

// Run ends the session of a configuration's client.
func Run(ctx context.Context, config core.Config, values usage.Values, errout io.Writer) error {
	timeout, err := values.Timeout()
	if err != nil {
		return err
	}
	s, err := signin.Of(ctx, config)
	if err != nil {
		return err
	}
	if s == nil {
		report.Complain(errout, "nobody is signed in with this client", "")
		return nil
	}
	session, err := s.Session(config)
	if err != nil {
		return err
	}
	own := inner.ConfigOf(config).(fetchtoken.Config)
	return session.End(ctx, func(token, hint string) (err error) {
		defer func() {
			if failed := signin.Forget(ctx, config); err == nil {
				err = failed
			}
		}()
		what := "it had no token to revoke"
		if token != "" {
			what = "its token is revoked"
			options := &fetchtoken.Options{Timeout: timeout}
			if err := fetchtoken.RevokeToken(ctx, own, token, hint, options); err != nil {
				report.Complain(errout,
					"the session is forgotten here, but the server has not revoked its token", "")
				return err
			}
		}
		report.Complain(errout, "signed out: the session is forgotten, and "+what, "")
		return nil
	})
}
