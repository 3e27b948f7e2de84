package fetchtoken

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/answer"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/renewal"
	"github.com/fetchtoken/fetchtoken/internal/inner"
	"github.com/fetchtoken/fetchtoken/stores/memorystore"
)

// keptSessionOf returns the session that sessionClient uses.
func keptSessionOf(t *testing.T, server http.RoundTripper, store Store) *keptSession {
	t.Helper()
	kept, err := newKeptSession(sessionConfig("a.1"), &Options{
		HTTPClient: &http.Client{Transport: server}, Store: store,
	})
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// firstToken is the token of a login.
func firstToken() *inner.Renewed {
	token := &answer.Token{
		AccessToken: "the first", TokenType: "Bearer", ExpiresIn: 3600,
		ExpiresAt: time.Now().Unix() + 3600,
		Rest: jsonobject.Object{
			{Name: "refresh_token", Value: jsonobject.AppendText(nil, "a.1")},
		},
	}
	return &inner.Renewed{Token: tokenOf(token), Keep: &renewal.Action{
		Done: true, Token: token, Until: time.Now().UnixMilli() + 3_600_000, Margin: 60_000,
		Grant: "u",
	}}
}

// ended ends a session, and returns what is revoked.
func ended(t *testing.T, kept *keptSession) (token, hint string) {
	t.Helper()
	err := kept.End(t.Context(), func(its, kind string) error {
		token, hint = its, kind
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return token, hint
}

func TestAKeptSession(t *testing.T) {
	inSession(t, func(t *testing.T, server *refreshTokens, store Store) {
		if err := keptSessionOf(t, server, store).Keep(t.Context(), firstToken(), ""); err != nil {
			t.Fatal(err)
		}
		client := sessionClient(t, server, store, nil)
		wantToken(t, client, "the first")
		client.Close()
		time.Sleep(time.Hour)
		wantToken(t, sessionClient(t, server, store, nil), "access of a.1")
		time.Sleep(time.Minute)
		if token, hint := ended(t, keptSessionOf(t, server, store)); token != "a.2" ||
			hint != "refresh_token" {
			t.Error("revoked is", token, hint)
		}
		// nothing is left
		if token, hint := ended(t, keptSessionOf(t, server, store)); token != "a.1" ||
			hint != "refresh_token" {
			t.Error("revoked is", token, hint)
		}
		server.expectCame(t, "a.1")
	})
}

func TestAKeptSessionWithoutARefreshToken(t *testing.T) {
	inSession(t, func(t *testing.T, server *refreshTokens, store Store) {
		kept := keptSessionOf(t, server, store)
		if err := kept.Keep(t.Context(), firstToken(), "u"); err != nil {
			t.Fatal(err)
		}
		client := sessionClient(t, server, store, nil)
		wantToken(t, client, "the first")
		client.Close()
		if token, hint := ended(t, keptSessionOf(t, server, store)); token != "the first" ||
			hint != "access_token" {
			t.Error("revoked is", token, hint)
		}
		kept = keptSessionOf(t, server, store)
		if err := kept.Keep(t.Context(), firstToken(), "u"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour) // the token ends
		if got := nextSays(t, server, store); got != CodeGrantUsed {
			t.Error(got)
		}
	})
}

func TestAKeptSessionEnds(t *testing.T) {
	inSession(t, func(t *testing.T, server *refreshTokens, store Store) {
		kept := keptSessionOf(t, server, store)
		if err := kept.Keep(t.Context(), firstToken(), ""); err != nil {
			t.Fatal(err)
		}
		refused := core.NewError(core.CodeHTTPError, "the server is down")
		err := kept.End(t.Context(), func(string, string) error { return refused })
		if !errors.Is(err, refused) {
			t.Error(err)
		}
		if text, _, _ := store.Get(t.Context(), kept.shared.sealer.storeKey); text != "" {
			t.Error("the token is left")
		}
	})
}

// While another process renews the session, nobody ends it, and nothing changes.
func TestAKeptSessionIsBusy(t *testing.T) {
	inSession(t, func(t *testing.T, server *refreshTokens, store Store) {
		kept := keptSessionOf(t, server, store)
		if err := kept.Keep(t.Context(), firstToken(), ""); err != nil {
			t.Fatal(err)
		}
		revoke := func(token, _ string) error {
			t.Error("revoked is", token)
			return nil
		}
		release, err := store.(LeasingStore).Lease(t.Context(), kept.shared.leaseKey(), time.Hour)
		if err != nil || release == nil {
			t.Fatal(err)
		}
		if err := kept.End(t.Context(), revoke); !errors.Is(err, CodeTimeout) {
			t.Error(err)
		}
		release(t.Context())
		// a request is under way, although its lease has ended
		if err := kept.shared.grant.session.write("a.1", time.Minute, time.Hour); err != nil {
			t.Fatal(err)
		}
		other := keptSessionOf(t, server, store)
		if err := other.End(t.Context(), revoke); !errors.Is(err, CodeTimeout) {
			t.Error(err)
		}
		if text, _, _ := store.Get(t.Context(), kept.shared.sealer.storeKey); text == "" {
			t.Error("the token is gone")
		}
	})
}

func TestAKeptSessionNeedsAGrant(t *testing.T) {
	config := sessionConfig("a.1")
	config.GrantType, config.Parameters = "client_credentials", nil
	if _, err := newKeptSession(config, &Options{Store: memorystore.New()}); !errors.Is(
		err, CodeInvalidConfig) {
		t.Error(err)
	}
}
