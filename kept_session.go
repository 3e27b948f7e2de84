package fetchtoken

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/internal/inner"
)

// endLease is how long the lease lasts under which a session ends: its token is revoked meanwhile.
const endLease = time.Minute

// A keptSession is an inner.Session. The Clients that use it have the same configuration and store.
type keptSession struct {
	refreshToken string // with which the session began, or ""
	shared       *sharedToken
}

func newKeptSession(config Config, options *Options) (*keptSession, error) {
	settled, err := options.settle()
	if err != nil {
		return nil, err
	}
	session, err := newSession(config, settled)
	if err != nil {
		return nil, err
	}
	if session == nil {
		return nil, configError("Config", "has no grant that begins a session")
	}
	x, err := exchangerOf(core.ForToken, config, settled)
	if err != nil {
		return nil, err
	}
	// a token that isn't kept is requested again, so nobody is told about a failure of the store
	shared, err := newSharedToken(
		x, restOf(x.config, settled.Clock), &grant{session: session}, func(Event) {})
	return &keptSession{config.Parameters.Get("refresh_token"), shared}, err
}

// Keep is described by inner.Session.
func (k *keptSession) Keep(ctx context.Context, first *inner.Renewed, state string) error {
	s := k.shared
	f := &flight{
		life: period{s.options.Clock.Now(), s.options.Deadline}, want: want{force: true},
	}
	defer s.flush()
	if _, err := s.take(ctx, f); err != nil {
		s.free(f)
		return err
	}
	do := *first.Keep
	do.Grant = state
	if _, err := s.grant.note(&do, "", 0, s.report); err != nil {
		s.free(f)
		return err
	}
	s.put(f, newRecord(&do))
	return nil
}

// End is described by inner.Session.
func (k *keptSession) End(
	ctx context.Context, revoke func(token, hint string) error,
) (err error) {
	release, err := k.lease(ctx)
	if err != nil {
		return err
	}
	defer k.shared.end(release, storeTimeout)
	state, isFree, err := k.shared.grant.session.read(ctx, "", storeTimeout)
	if err != nil {
		return err
	}
	if !isFree {
		return errBusy()
	}
	defer func() {
		if failed := k.Forget(ctx); err == nil {
			err = failed
		}
	}()
	token, hint := k.newest(state), "refresh_token"
	if token == "" {
		hint = "access_token"
		if token, err = k.accessToken(ctx); err != nil {
			return err
		}
	}
	return revoke(token, hint)
}

// newest returns the newest refresh token if it is known, or "". Without a state the grant is
// unused.
func (k *keptSession) newest(state string) string {
	switch {
	case state == "":
		return k.refreshToken
	case state[0] == 'r', state[0] == 's':
		return state[1:]
	}
	return ""
}

func (k *keptSession) accessToken(ctx context.Context) (string, error) {
	found, _, err := k.shared.read(ctx, storeTimeout)
	var says struct {
		AccessToken string `json:"access_token"`
	}
	json.Unmarshal(found.Token, &says) // without a token it stays empty
	return says.AccessToken, err
}

// lease waits for the lease of the session.
func (k *keptSession) lease(ctx context.Context) (func(context.Context) error, error) {
	s := k.shared
	waits := period{s.options.Clock.Now(), s.options.Timeout}
	for waits.contains(s.options.Clock.Now()) {
		release, err := s.takeLease(ctx, s.leaseKey(), endLease, storeTimeout)
		if err != nil || release != nil {
			return release, err
		}
		if err := s.options.Clock.Sleep(ctx, storeLook); err != nil {
			return nil, err
		}
	}
	return nil, errBusy()
}

// Forget is described by inner.Session.
func (k *keptSession) Forget(ctx context.Context) error {
	s := k.shared
	_, err := inTime(ctx, storeTimeout, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.store.Delete(ctx, s.grant.session.sealer.storeKey)
	}, nil)
	return errors.Join(err, s.delete(ctx))
}
