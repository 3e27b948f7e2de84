// Package login is fetchtoken login: it signs a user in, by a browser of this machine (RFC 8252) or
// by a code on another device (RFC 8628), and keeps the session for the other commands.
// js/cli/login.js does the same.
package login

import (
	"context"
	"crypto/rand"
	"io"
	"strconv"
	"time"

	"github.com/fetchtoken/fetchtoken"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/report"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/signin"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/token"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/internal/inner"
)

// patience is how long the browser may take to come back.
const patience = 10 * time.Minute

// A Login is a login that a command line asks for.
type Login struct {
	Values      usage.Values
	Out, Errout io.Writer
}

// Check refuses a command line that nobody could answer. It is called before the configuration is
// read.
func (l *Login) Check() error {
	v := l.Values
	if v.Has("device") || v.Has("json") || v.Has("no-browser") || report.IsTerminal(l.Errout) {
		return nil
	}
	return &usage.Error{
		Message: "there is no terminal, so perhaps nobody to sign in",
		Hint: "give --device or --no-browser, which print an address on standard error, or --json, " +
			"which prints it on standard output",
	}
}

// OfConfiguration returns the error of a configuration that can't be read. A client may have no
// secret, so the advice says that, too.
func OfConfiguration(err error) error {
	if wrong, ok := err.(*usage.Error); ok && wrong.Hint == usage.HowToGiveASecret {
		return &usage.Error{
			Message: wrong.Message, Hint: wrong.Hint + "; if it has none, say --client-auth none",
		}
	}
	return err
}

// Run signs the user in.
func (l *Login) Run(ctx context.Context, config core.Config) error {
	if signin.HasGrant(config) {
		return &usage.Error{
			Message: "login gets the grant from the user, and another one is given",
			Hint:    "leave the grant type and the parameter with that grant out",
		}
	}
	timeout, err := l.Values.Timeout()
	if err != nil {
		return err
	}
	if l.Values.Has("device") {
		return l.byDevice(ctx, config, timeout)
	}
	return l.byBrowser(ctx, config, timeout)
}

// byBrowser signs in by a browser that comes back to this machine.
func (l *Login) byBrowser(ctx context.Context, config core.Config, timeout time.Duration) error {
	callbacks, err := listen(l.Values)
	if err != nil {
		return err
	}
	defer callbacks.close()
	own := inner.ConfigOf(config).(fetchtoken.Config)
	request, err := fetchtoken.AuthorizationURL(
		ctx, own, callbacks.redirectURI(), own.Parameters, nil)
	if err != nil {
		return err
	}
	callbacks.expect(request.State) // before anybody knows the address
	address := jsonobject.Object{
		{Name: "url", Value: jsonobject.AppendText(nil, request.URL)},
	}
	if err := l.tell(address, "open "+request.URL); err != nil {
		return err
	}
	if !l.Values.Has("no-browser") && !l.Values.Has("json") {
		openBrowser(request.URL)
	}
	if timeout == 0 {
		timeout = patience
	}
	came, err := callbacks.wait(timeout)
	if err != nil {
		return err
	}
	err = l.finish(ctx, config, own, request, came.url)
	came.show(err == nil)
	return err
}

// finish gets the token for the code of a callback, and keeps the session.
func (l *Login) finish(
	ctx context.Context, config core.Config, own fetchtoken.Config,
	request *fetchtoken.Authorization, callback string,
) error {
	withCode, err := request.ParseCallback(callback, own)
	if err != nil {
		return err
	}
	first, err := inner.Fetch(ctx, withCode)
	if err != nil {
		return err
	}
	return l.keep(ctx, config, first)
}

// byDevice signs in by a code that the user types on another device.
func (l *Login) byDevice(ctx context.Context, config core.Config, timeout time.Duration) error {
	limited := ctx
	if timeout > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	codes, err := inner.AskForCodes(ctx, inner.ConfigOf(config))
	if err != nil {
		return err
	}
	text := "open " + codes.Shown.Text("verification_uri") + " on any device, and type the code " +
		codes.Shown.Text("user_code")
	if whole := codes.Shown.Text("verification_uri_complete"); whole != "" {
		text += "; or open " + whole + ", which has it, and compare it"
	}
	if err := l.tell(codes.Shown, text); err != nil {
		return err
	}
	first, err := codes.Poll(limited)
	if err != nil && limited.Err() != nil {
		return nobodyIn(timeout)
	}
	if err != nil {
		return err
	}
	return l.keep(ctx, config, first)
}

// nobodyIn is the error if the user took too long.
func nobodyIn(timeout time.Duration) error {
	seconds := strconv.FormatFloat(timeout.Seconds(), 'f', -1, 64)
	return core.NewError(core.CodeTimeout, "nobody signed in in "+seconds+" s")
}

// tell tells the user, or a program, where to sign in.
func (l *Login) tell(fields jsonobject.Object, text string) error {
	if !l.Values.Has("json") {
		report.Complain(l.Errout, text, "")
		return nil
	}
	if _, err := io.WriteString(l.Out, report.JSON(fields.Append(nil), "")+"\n"); err != nil {
		return &report.WriteError{Err: err}
	}
	return nil
}

// keep keeps the session. It replaces the one before, whose records are removed.
func (l *Login) keep(ctx context.Context, config core.Config, first *inner.Renewed) error {
	io.WriteString(l.Errout, token.MaskInLogs(first.Token, report.IsTerminal(l.Errout)))
	before, err := signin.Of(ctx, config)
	if err != nil {
		return err
	}
	// Without a refresh token the grant is only a name: its state says that it was used.
	s := &signin.SignIn{
		GrantType: "authorization_code", Parameters: map[string]string{"code": rand.Text()},
		Scope: signin.ScopeOf(config),
	}
	state := "u"
	if refresh := first.Token.RefreshToken; refresh != "" {
		s.GrantType, s.Parameters = "refresh_token", map[string]string{"refresh_token": refresh}
		state = ""
	}
	session, err := s.Session(config)
	if err != nil {
		return err
	}
	// a server that never changes a refresh token gives the old one again
	if err := session.Forget(ctx); err != nil {
		return err
	}
	if err := session.Keep(ctx, first, state); err != nil {
		return err
	}
	if err := s.Keep(ctx, config); err != nil {
		return err
	}
	if before != nil && !before.IsSame(s) {
		if err := forget(ctx, config, before); err != nil {
			return err
		}
	}
	report.Complain(l.Errout,
		"signed in: with the same FILE and options, fetchtoken now gets tokens of this session", "")
	if !s.IsLasting() {
		report.Complain(l.Errout,
			"the server gave no refresh token, so the session ends with its token",
			"many servers give one for --scope offline_access")
	}
	return nil
}

// forget removes the records of the session of a sign-in.
func forget(ctx context.Context, config core.Config, s *signin.SignIn) error {
	session, err := s.Session(config)
	if err != nil {
		return err
	}
	return session.Forget(ctx)
}
