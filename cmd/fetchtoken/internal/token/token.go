// Package token gets the token as a client does: it repeats a request that may succeed later, and
// corrects the clock. On request it keeps the token for the next run.
package token

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fetchtoken/fetchtoken"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/cause"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/report"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/signin"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/internal/inner"
	"golang.org/x/oauth2"
)

// long is the shortest wait that a person at a terminal is told about.
const long = time.Second

// A Source is the client that a command line asks for.
type Source struct {
	Client *fetchtoken.Client

	values usage.Values
	errout io.Writer
	isKept bool // whether the token may come from the cache

	keepSignIn func() // keeps the sign-in of the session; nil without a session
	keeping    sync.WaitGroup

	mu       sync.Mutex
	failures []string // of the cache
}

// Get returns the token that a command line asks for. isKept says whether the token is kept for the
// next run, if no option says so.
func Get(
	ctx context.Context, config core.Config, values usage.Values, isKept bool, errout io.Writer,
) (*oauth2.Token, error) {
	if values.Has("no-retry") {
		timeout, err := values.Timeout()
		if err != nil {
			return nil, err
		}
		signIn, err := signin.Of(ctx, config)
		if err == nil {
			err = checkNoSession(signIn, "no-retry")
		}
		if err != nil {
			return nil, err
		}
		return fetchtoken.FetchToken(
			ctx, inner.ConfigOf(config).(fetchtoken.Config), &fetchtoken.Options{Timeout: timeout})
	}
	source, err := New(ctx, config, values, isKept, fetchtoken.Options{}, errout)
	if err != nil {
		return nil, err
	}
	token, err := source.Client.TokenContext(ctx)
	source.Close()
	return token, err
}

// checkNoSession refuses an option that a session doesn't allow: its newest refresh token must be
// kept.
func checkNoSession(signIn *signin.SignIn, option string) error {
	if signIn == nil {
		return nil
	}
	return &usage.Error{
		Message: "--" + option +
			" keeps nothing, and the session of fetchtoken login must be kept",
		Hint: "leave it out, or end the session by fetchtoken logout",
	}
}

// New returns the client that a command line asks for. isKept says whether the token is kept for
// the next run, if no option says so.
func New(
	ctx context.Context, config core.Config, values usage.Values, isKept bool,
	options fetchtoken.Options, errout io.Writer,
) (*Source, error) {
	timeout, err := values.Timeout()
	if err != nil {
		return nil, err
	}
	if timeout > 0 {
		options.Timeout, options.Deadline = timeout, timeout
	}
	s := &Source{values: values, errout: errout}
	signIn, err := signin.Of(ctx, config)
	if err == nil && values.Has("no-cache") {
		err = checkNoSession(signIn, "no-cache")
	}
	switch {
	case err != nil:
		return nil, err
	case signIn != nil:
		config, err = s.useSession(config, signIn, &options)
	default:
		options.Store, err = storeOf(config, values, isKept)
	}
	if err != nil {
		return nil, err
	}
	s.isKept = options.Store != nil
	options.OnEvent = s.hear
	given := inner.ConfigOf(config).(fetchtoken.Config)
	if options.Config != nil {
		given = fetchtoken.Config{}
	}
	s.Client, err = fetchtoken.New(given, &options)
	return s, err
}

// useSession returns the configuration with the grant of a session, and sets the options for it.
func (s *Source) useSession(
	config core.Config, signIn *signin.SignIn, options *fetchtoken.Options,
) (core.Config, error) {
	if options.Config != nil {
		return config, &usage.Error{
			Message: "--watch is for credentials in files, and this client has the session of " +
				"fetchtoken login",
			Hint: "leave it out",
		}
	}
	store, err := signin.Store()
	if err != nil {
		return config, err
	}
	options.Store, options.Lifetime = store, signIn.Lifetime()
	if s.values.Has("verbose") {
		s.say("the session: of fetchtoken login")
	}
	s.keepSignIn = func() { // for as long as the session; if it fails, the next renewal does it
		s.keeping.Go(func() { signIn.Keep(context.Background(), config) })
	}
	return signIn.On(config), nil
}

// Close waits until the token is in the cache, and tells why it is not.
func (s *Source) Close() {
	s.Client.Close()
	s.keeping.Wait()
	s.Tell()
}

// Tell tells why the token is not in the cache.
func (s *Source) Tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	// without --cache the cache is only a convenience
	if len(s.failures) > 0 && (s.values.Has("cache") || s.values.Has("verbose")) {
		report.Complain(s.errout, "the cache can't be used: "+strings.Join(s.failures, ", "), "")
		s.failures = nil
	}
}

// storeOf returns the store for the token, or nil if the token isn't kept.
func storeOf(config core.Config, values usage.Values, isKept bool) (fetchtoken.Store, error) {
	isWanted := values.Has("cache")
	if values.Has("no-cache") || !isWanted && !isKept {
		return nil, nil
	}
	if config.ClientSecret == "" && config.PrivateKey == "" {
		if !isWanted {
			return nil, nil
		}
		return nil, &usage.Error{
			Message: "--cache seals the token with the secret or the private key, and this client has " +
				"neither",
			Hint: "leave --cache out",
		}
	}
	store, err := signin.Store()
	if err != nil && !isWanted {
		return nil, nil // there is no home folder
	}
	if err != nil {
		return nil, err
	}
	return store, nil
}

// hear writes the client's events to standard error: all of them with --verbose, and at a terminal
// the reason of a long wait.
func (s *Source) hear(e fetchtoken.Event) {
	verbose := s.values.Has("verbose")
	if e.Type == fetchtoken.EventRenewed && s.keepSignIn != nil {
		s.keepSignIn()
	}
	switch {
	case e.Type == fetchtoken.EventStoreFailed:
		s.mu.Lock()
		defer s.mu.Unlock()
		if name := cause.Of(e.Err); !slices.Contains(s.failures, name) {
			s.failures = append(s.failures, name)
		}
	case e.Type == fetchtoken.EventRetried:
		if failed := report.CoreError(e.Err); failed != nil &&
			(verbose || e.Wait >= long && report.IsTerminal(s.errout)) {
			s.say(fmt.Sprintf("%s; the next attempt is in %d s",
				usage.MessageOf(failed), int(math.Ceil(e.Wait.Seconds()))))
		}
	case !verbose:
	case e.Type == fetchtoken.EventClockCorrected:
		side := "behind"
		if e.Offset < 0 {
			side = "ahead of"
		}
		s.say(fmt.Sprintf("the clock of this machine is %v s %s the server's: corrected",
			e.Offset.Abs().Seconds(), side))
	case s.isKept && e.Type == fetchtoken.EventShared:
		s.say("the token: from the cache")
	case s.isKept && e.Type == fetchtoken.EventRenewed:
		s.say("the token: from the server")
	}
}

func (s *Source) say(text string) { report.Complain(s.errout, text, "") }
