package fetchtoken

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fetchtoken/fetchtoken/stores/filestore"
	"github.com/fetchtoken/fetchtoken/stores/memorystore"
)

// A rotation is a server that accepts the secrets that are valid now. It runs in a bubble of
// testing/synctest.
type rotation struct {
	t *testing.T

	mu    sync.Mutex
	valid []string
	sent  []string // the secret of each request
	asked int      // how often Options.Config was called
}

// rotate runs a test in a bubble.
func rotate(t *testing.T, test func(r *rotation)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Cleanup(forgetRefusals)
		test(&rotation{t: t, valid: []string{"s1"}})
	})
}

func (r *rotation) RoundTrip(req *http.Request) (*http.Response, error) {
	_, secret, _ := req.BasicAuth()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, secret)
	if !slices.Contains(r.valid, secret) { // RFC 6749 section 5.2
		return respondWith(401, `{"error":"invalid_client"}`), nil
	}
	const format = `{"access_token":"token-%d","token_type":"Bearer","expires_in":3600}`
	return respondWith(200, fmt.Sprintf(format, len(r.sent))), nil
}

func respondWith(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)),
	}
}

// client returns a Client with the secret of a function, which gets the number of the call.
func (r *rotation) client(store Store, secret func(n int) string) *Client {
	r.t.Helper()
	calls := 0
	return newChanging(r.t, &Options{
		HTTPClient: &http.Client{Transport: r}, Store: store,
		Config: func(context.Context) (Config, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.asked++
			calls++
			return Config{
				TokenEndpoint: "https://as.example/token", ClientID: "client",
				ClientSecret: secret(calls),
			}, nil
		},
	})
}

// newChanging makes a Client with Options.Config.
func newChanging(t *testing.T, options *Options) *Client {
	t.Helper()
	client, err := New(Config{}, options)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// expectSent checks the secrets of all requests.
func (r *rotation) expectSent(want ...string) {
	r.t.Helper()
	if !slices.Equal(r.sent, want) {
		r.t.Errorf("sent %q, want %q", r.sent, want)
	}
}

func wantToken(t *testing.T, client *Client, want string) {
	t.Helper()
	token, err := client.Token()
	if err != nil || token.AccessToken != want {
		t.Errorf("got %v, %v, want %s", token, err, want)
	}
}

func TestRotationWithBothValid(t *testing.T) {
	rotate(t, func(r *rotation) {
		secret := "s1"
		client := r.client(nil, func(int) string { return secret })
		if r.asked != 0 {
			t.Error("asked before a caller wanted a token")
		}
		wantToken(t, client, "token-1")
		wantToken(t, client, "token-1")
		r.valid = []string{"s1", "s2"}
		time.Sleep(time.Hour)
		wantToken(t, client, "token-2")
		secret = "s2"
		time.Sleep(time.Hour)
		wantToken(t, client, "token-3")
		r.valid = []string{"s2"}
		time.Sleep(time.Hour)
		wantToken(t, client, "token-4")
		r.expectSent("s1", "s1", "s2", "s2")
		if r.asked != 4 {
			t.Error(r.asked)
		}
	})
}

func TestRotationWithoutOverlap(t *testing.T) {
	rotate(t, func(r *rotation) {
		client := r.client(nil, func(n int) string { // from the third call on the file is new
			if n <= 2 {
				return "s1"
			}
			return "s2"
		})
		wantToken(t, client, "token-1")
		r.valid = []string{"s2"}
		time.Sleep(time.Hour)
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() { wantToken(t, client, "token-3") })
		}
		group.Wait()
		r.expectSent("s1", "s1", "s2")
		if r.asked != 3 {
			t.Error(r.asked)
		}
	})
}

func TestARefusedConfigurationIsNotSentAgain(t *testing.T) {
	rotate(t, func(r *rotation) {
		secret := "wrong"
		client := r.client(nil, func(int) string { return secret })
		for i, asked := range []int{2, 3} {
			if _, err := client.Token(); !errors.Is(err, CodeErrorResponse) {
				t.Error(err)
			}
			if r.asked != asked || len(r.sent) != 1 {
				t.Errorf("call %d: asked %d times, sent %v", i, r.asked, r.sent)
			}
		}
		secret = "s1"
		wantToken(t, client, "token-2")
	})
}

func TestOneRetryWithAnotherConfiguration(t *testing.T) {
	rotate(t, func(r *rotation) {
		client := r.client(nil, func(n int) string { return fmt.Sprint("wrong-", n) })
		if _, err := client.Token(); !errors.Is(err, CodeErrorResponse) {
			t.Error(err)
		}
		r.expectSent("wrong-1", "wrong-2")
	})
}

func TestManyTokensOfAChangingConfiguration(t *testing.T) {
	rotate(t, func(r *rotation) {
		client := r.client(nil, func(int) string { return "s1" })
		read := client.With(TokenRequest{Scope: []string{"read"}})
		wantToken(t, read, "token-1")
		wantToken(t, client, "token-2")
		wantToken(t, client.With(TokenRequest{Scope: []string{"read"}}), "token-1")
		wantToken(t, client.With(TokenRequest{Parameters: url.Values{}}), "token-2")
		wantToken(t, read.With(TokenRequest{Audience: []string{"api"}}), "token-3")
		wantToken(t, client.With(TokenRequest{Scope: []string{}}), "token-4")
		_, err := client.With(TokenRequest{Scope: []string{"a\nb"}}).Token()
		if !errors.Is(err, CodeInvalidConfig) {
			t.Error(err)
		}
	})
}

func TestAStoreFollowsTheConfiguration(t *testing.T) {
	files, err := filestore.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, store := range map[string]Store{"memory": memorystore.New(), "file": files} {
		t.Run(name, func(t *testing.T) {
			rotate(t, func(r *rotation) { followRotation(r, store) })
		})
	}
}

func followRotation(r *rotation, store Store) {
	r.valid = []string{"s1", "s2"}
	secret := "s1"
	current := func(int) string { return secret }
	one, two := r.client(store, current), r.client(store, current)
	old := r.client(store, func(int) string { return "s1" })
	wantToken(r.t, one, "token-1")
	wantToken(r.t, two, "token-1") // from the store
	secret = "s2"
	time.Sleep(time.Hour)
	wantToken(r.t, one, "token-2")
	wantToken(r.t, two, "token-2")
	wantToken(r.t, old, "token-3") // from a record of its own

	r.valid = []string{"s3"}
	time.Sleep(time.Hour)
	late := r.client(store, func(n int) string { return []string{"s2", "s3"}[min(n, 2)-1] })
	wantToken(r.t, late, "token-5")
	secret = "s3"
	wantToken(r.t, two, "token-5")
	r.expectSent("s1", "s2", "s1", "s2", "s3")

	two.Invalidate(nil)
	late.Invalidate(nil)
	wantToken(r.t, late, "token-6")
	for _, client := range []*Client{one, two, old, late} {
		client.Close()
	}
	time.Sleep(time.Minute) // the work that no caller waits for ends
}

// Another configuration comes before a token of the store that is about to end.
func TestRotationBesideATokenOfTheStore(t *testing.T) {
	rotate(t, func(r *rotation) {
		store := memorystore.New()
		first := r.client(store, func(int) string { return "s1" })
		wantToken(t, first, "token-1")
		r.valid = []string{"s2"}
		time.Sleep(time.Hour - time.Minute/2)
		secret := "s1"
		second := r.client(store, func(n int) string { return []string{"s1", secret}[min(n, 2)-1] })
		wantToken(t, second, "token-1") // there is no other secret
		secret = "s2"
		time.Sleep(retryBehind)
		forgetRefusals()
		third := r.client(store, func(n int) string { return []string{"s1", "s2"}[min(n, 2)-1] })
		wantToken(t, third, "token-3")
		for _, client := range []*Client{first, second, third} {
			client.Close()
		}
		time.Sleep(time.Minute)
	})
}

var errVault = errors.New("https://u:p@vault.example is sealed")

func TestAFunctionThatFails(t *testing.T) {
	rotate(t, func(r *rotation) {
		isFailing := false
		options := &Options{
			HTTPClient: &http.Client{Transport: r},
			Config: func(context.Context) (Config, error) {
				if isFailing {
					return Config{}, errVault
				}
				config := basic
				config.ClientSecret = "s1"
				return config, nil
			},
		}
		client := newChanging(t, options)
		wantToken(t, client, "token-1")
		isFailing = true
		time.Sleep(time.Hour - time.Minute/2)
		wantToken(t, client, "token-1") // which is still good
		time.Sleep(time.Hour)
		_, err := client.Token()
		if !errors.Is(err, CodeInvalidConfig) || !errors.Is(err, errVault) {
			t.Error(err)
		}
		if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "u:p") {
			t.Error("the error is printed")
		}
		_, err = New(Config{ClientID: "x"}, options)
		if !errors.Is(err, CodeInvalidConfig) {
			t.Error(err)
		}
		_, err = FetchToken(r.t.Context(), Config{}, options)
		if !errors.Is(err, CodeInvalidConfig) {
			t.Error(err)
		}
	})
}

func TestAFunctionThatHangs(t *testing.T) {
	rotate(t, func(r *rotation) {
		release := make(chan struct{})
		defer close(release)
		client := newChanging(t, &Options{Config: func(context.Context) (Config, error) {
			<-release // it ignores its context
			return Config{}, nil
		}})
		began := time.Now()
		_, err := client.Token()
		if !errors.Is(err, CodeTimeout) || !errors.Is(err, context.DeadlineExceeded) ||
			time.Since(began) != defaultDeadline {
			t.Error(err, time.Since(began))
		}
		ctx, cancel := context.WithCancel(r.t.Context())
		failed := make(chan error)
		ask := func(ctx context.Context) {
			_, err := client.TokenContext(ctx)
			failed <- err
		}
		go ask(ctx)
		synctest.Wait()
		cancel()
		if err := <-failed; err != context.Canceled {
			t.Error(err)
		}
		go ask(r.t.Context())
		synctest.Wait()
		client.Close()
		if err := <-failed; !errors.Is(err, CodeClosed) {
			t.Error(err)
		}
	})
}

func TestAReplacedRefreshTokenOfAChangingConfiguration(t *testing.T) {
	rotate(t, func(r *rotation) {
		var sent []string
		secret, granted := "s1", "r0"
		transport := transportFunc(func(req *http.Request) (*http.Response, error) {
			if err := req.ParseForm(); err != nil {
				return nil, err
			}
			sent = append(sent, req.PostForm.Get("refresh_token"))
			const format = `{"access_token":"t","expires_in":60,"refresh_token":"r%d"}`
			return respondWith(200, fmt.Sprintf(format, len(sent))), nil
		})
		client := newChanging(t, &Options{
			HTTPClient: &http.Client{Transport: transport},
			Config: func(context.Context) (Config, error) {
				config := basic
				config.ClientSecret, config.GrantType = secret, "refresh_token"
				config.Parameters = url.Values{"refresh_token": {granted}}
				return config, nil
			},
		})
		for i := range 4 {
			if i == 3 {
				granted = "another user's"
			}
			if _, err := client.Token(); err != nil {
				t.Fatal(err)
			}
			secret += "x"
			time.Sleep(time.Minute)
		}
		if !slices.Equal(sent, []string{"r0", "r1", "r2", "another user's"}) {
			t.Error(sent)
		}
	})
}
