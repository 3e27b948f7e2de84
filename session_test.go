package fetchtoken

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fetchtoken/fetchtoken/stores/filestore"
	"github.com/fetchtoken/fetchtoken/stores/memorystore"
)

// refreshTokens are those of a server that accepts each once: FAMILY.N is followed by FAMILY.N+1.
// One that comes again ends its family (RFC 9700 section 4.14.2).
type refreshTokens struct {
	stays bool // the server doesn't replace them
	delay time.Duration
	hear  func() // is called before each answer; may be nil

	mu       sync.Mutex
	next     map[string]int
	came     []string
	replayed []string
}

// take takes a refresh token, and returns the status and the body of the answer.
func (s *refreshTokens) take(token string) (int, string) {
	family, text, _ := strings.Cut(token, ".")
	number, _ := strconv.Atoi(text)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.came = append(s.came, token)
	if s.next == nil {
		s.next = map[string]int{}
	}
	if max(s.next[family], 1) != number {
		s.replayed = append(s.replayed, token)
		s.next[family] = 1 << 30
		return 400, `{"error":"invalid_grant"}`
	}
	if s.stays {
		return 200, fmt.Sprintf(`{"access_token":"access of %s","expires_in":3600}`, token)
	}
	s.next[family] = number + 1
	const format = `{"access_token":"access of %s","expires_in":3600,"refresh_token":"%s.%d"}`
	return 200, fmt.Sprintf(format, token, family, number+1)
}

func (s *refreshTokens) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.ParseForm(); err != nil {
		return nil, err
	}
	status, body := s.take(req.PostForm.Get("refresh_token"))
	time.Sleep(s.delay)
	if s.hear != nil {
		s.hear()
	}
	return respondWith(status, body), nil
}

func (s *refreshTokens) hasTaken(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.came, token)
}

func (s *refreshTokens) expectCame(t *testing.T, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.came, want) || len(s.replayed) > 0 {
		t.Errorf("%v came, and %v again; want %v", s.came, s.replayed, want)
	}
}

func sessionConfig(refreshToken string) Config {
	return Config{
		TokenEndpoint: "https://as.example/token", ClientID: "app",
		ClientSecret: "a secret of the app", GrantType: "refresh_token",
		Parameters: url.Values{"refresh_token": {refreshToken}},
	}
}

// sessionClient makes a Client of another process.
func sessionClient(
	t *testing.T, server http.RoundTripper, store Store, change func(*Config),
) *Client {
	t.Helper()
	forgetRefusals()
	config := sessionConfig("a.1")
	if change != nil {
		change(&config)
	}
	client, err := New(config, &Options{
		HTTPClient: &http.Client{Transport: server}, Store: store,
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// inSession runs a test in a bubble of testing/synctest.
func inSession(t *testing.T, test func(t *testing.T, server *refreshTokens, store Store)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, &refreshTokens{}, memorystore.New())
		time.Sleep(time.Minute) // the work that no caller waits for ends
	})
}

func TestTheNextClientContinuesTheSession(t *testing.T) {
	inSession(t, func(t *testing.T, server *refreshTokens, store Store) {
		changes := []func(*Config){
			nil,
			nil,
			func(c *Config) { c.ClientSecret = "the next secret of the app" },
			func(c *Config) { c.Scope = []string{"read"} },
		}
		for i, change := range changes {
			client := sessionClient(t, server, store, change)
			wantToken(t, client, fmt.Sprint("access of a.", i+1))
			client.Close()
			time.Sleep(time.Hour)
		}
		server.expectCame(t, "a.1", "a.2", "a.3", "a.4")
	})
}

// Two tenants, clients or servers may have one refresh token only by mistake: they share no record.
func TestATenantHasItsOwnSession(t *testing.T) {
	keys := map[string]int{}
	for i, change := range []func(*Config){
		func(*Config) {},
		func(c *Config) { c.Tenant = "two.example" },
		func(c *Config) { c.ClientID += "2" },
		func(c *Config) { c.TokenEndpoint = "https://login.example/{tenant}/token" },
		func(c *Config) { c.Issuer = "https://login.example" },
		func(c *Config) { c.Provider = "oauth2" },
		func(c *Config) { c.Environment = "live" },
		func(c *Config) { c.Parameters = url.Values{"refresh_token": {"b.1"}} },
		func(c *Config) { c.Parameters = url.Values{"code": {"b.1"}} },
		func(c *Config) { c.Parameters = url.Values{"device_code": {"b.1"}} },
	} {
		config := sessionConfig("a.1")
		config.Provider, config.TokenEndpoint, config.Tenant = "entra", "", "one.example"
		change(&config)
		s, err := newSession(config, &Options{Store: memorystore.New(), Clock: systemClock{}})
		if err != nil {
			t.Fatal(err)
		}
		if before, ok := keys[s.sealer.storeKey]; ok {
			t.Errorf("sessions %d and %d share a record", before, i)
		}
		keys[s.sealer.storeKey] = i
	}
}

func TestClosedDuringARequest(t *testing.T) {
	inSession(t, func(t *testing.T, server *refreshTokens, store Store) {
		server.delay = time.Second
		client := sessionClient(t, server, store, nil)
		go client.Token()
		synctest.Wait() // the request is under way
		client.Close()
		time.Sleep(time.Hour)
		next := sessionClient(t, server, store, nil)
		defer next.Close()
		wantToken(t, next, "access of a.2")
		server.expectCame(t, "a.1", "a.2")
	})
}

func TestACallerThatGoesAway(t *testing.T) {
	inSession(t, func(t *testing.T, server *refreshTokens, store Store) {
		server.delay = 3 * time.Second
		client := sessionClient(t, &patient{server}, store, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := client.TokenContext(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		wantToken(t, client, "access of a.1")
		time.Sleep(time.Hour)
		wantToken(t, client, "access of a.2")
		client.Close()
		server.expectCame(t, "a.1", "a.2")
	})
}

// A patient transport ends a request whose context is done, as net/http does.
type patient struct{ *refreshTokens }

func (p *patient) RoundTrip(req *http.Request) (*http.Response, error) {
	response, err := p.refreshTokens.RoundTrip(req)
	if cause := req.Context().Err(); cause != nil {
		return nil, cause
	}
	return response, err
}

// A tired server answers the first request with 429, and asks to wait.
type tired struct {
	*refreshTokens
	wait   time.Duration
	waited sync.Once
}

func (s *tired) RoundTrip(req *http.Request) (response *http.Response, err error) {
	s.waited.Do(func() {
		response = respondWith(429, `{}`)
		response.Header.Set("Retry-After", strconv.Itoa(int(s.wait/time.Second)))
	})
	if response != nil {
		return response, nil
	}
	return s.refreshTokens.RoundTrip(req)
}

// While a server makes a Client wait for longer than its lease, another one may renew the session.
func TestALeaseThatHasEnded(t *testing.T) {
	inSession(t, func(t *testing.T, server *refreshTokens, store Store) {
		slow := &tired{refreshTokens: server, wait: 12 * time.Second}
		first, second := sessionClient(t, slow, store, nil), sessionClient(t, slow, store, nil)
		failed := make(chan error)
		go func() {
			_, err := first.Token()
			failed <- err
		}()
		time.Sleep(11 * time.Second)
		wantToken(t, second, "access of a.1")
		err, ok := errors.AsType[*TokenError](<-failed)
		if !ok || err.Code != CodeTimeout || !err.Retryable {
			t.Error(err)
		}
		wantToken(t, first, "access of a.1")
		time.Sleep(time.Hour)
		wantToken(t, first, "access of a.2")
		first.Close()
		second.Close()
		server.expectCame(t, "a.1", "a.2")
	})
}

func TestALeaseIsTakenAgain(t *testing.T) {
	inSession(t, func(t *testing.T, server *refreshTokens, store Store) {
		client := sessionClient(
			t, &tired{refreshTokens: server, wait: 12 * time.Second}, store, nil)
		wantToken(t, client, "access of a.1")
		client.Close()
		server.expectCame(t, "a.1")
	})
}

// A suspendedClock is one whose machine sleeps for an hour when somebody waits.
type suspendedClock struct{ ahead time.Duration }

func (c *suspendedClock) Now() time.Time { return time.Now().Add(c.ahead) }

func (c *suspendedClock) Sleep(context.Context, time.Duration) error {
	c.ahead += time.Hour
	return nil
}

func TestATimeThatIsOver(t *testing.T) {
	inSession(t, func(t *testing.T, server *refreshTokens, store Store) {
		client, err := New(sessionConfig("a.1"), &Options{
			HTTPClient: &http.Client{Transport: &tired{refreshTokens: server}}, Store: store,
			Clock: &suspendedClock{},
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Token()
		if failed, ok := errors.AsType[*TokenError](err); !ok || failed.Code != CodeTimeout {
			t.Error(err)
		}
		server.expectCame(t)
		wantToken(t, client, "access of a.1")
		client.Close()
	})
}

// A tardyStore needs time for each write, so that other clients can read in the meantime.
type tardyStore struct{ LeasingStore }

func (s tardyStore) Set(ctx context.Context, key, record string, ttl time.Duration) error {
	time.Sleep(100 * time.Millisecond)
	return s.LeasingStore.Set(ctx, key, record, ttl)
}

func TestClientsRenewASessionInTurns(t *testing.T) {
	inSession(t, func(t *testing.T, server *refreshTokens, store Store) {
		server.delay = time.Second
		store = tardyStore{store.(LeasingStore)}
		same := []*Client{}
		for range 5 {
			same = append(same, sessionClient(t, server, store, nil))
		}
		for round := range 3 {
			var all sync.WaitGroup
			for _, client := range same {
				all.Go(func() { wantToken(t, client, fmt.Sprint("access of a.", round+1)) })
			}
			all.Wait()
			time.Sleep(time.Hour)
		}
		var all sync.WaitGroup
		var mu sync.Mutex
		got := map[string]bool{}
		for i := range 5 {
			other := sessionClient(t, server, store, func(c *Config) {
				c.Scope = []string{fmt.Sprint("scope-", i)}
			})
			with := same[i].With(TokenRequest{Scope: []string{fmt.Sprint("scope-", 10+i)}})
			for _, client := range []*Client{other, with} {
				all.Go(func() {
					token, err := client.Token()
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					defer mu.Unlock()
					got[token.AccessToken] = true
				})
			}
		}
		all.Wait()
		if len(got) != 10 || len(server.replayed) > 0 {
			t.Error(got, server.replayed)
		}
	})
}

func TestARefreshTokenThatStaysIsNotWritten(t *testing.T) {
	inSession(t, func(t *testing.T, server *refreshTokens, store Store) {
		server.stays = true
		first := sessionClient(t, server, store, nil)
		wantToken(t, first, "access of a.1")
		first.Close()
		time.Sleep(time.Hour)
		full := &fullStore{LeasingStore: store.(LeasingStore), isFull: true}
		second := sessionClient(t, server, full, nil)
		wantToken(t, second, "access of a.1")
		second.Close()
		if full.sets != 1 {
			t.Errorf("%d writes, want that of the token", full.sets)
		}
	})
}

// A fullStore is a store whose writes or reads may fail.
type fullStore struct {
	LeasingStore
	isFull, isDeaf bool
	sets           int
}

var errDisk = errors.New("the disk is full")

func (s *fullStore) Set(ctx context.Context, key, record string, ttl time.Duration) error {
	s.sets++
	if s.isFull {
		return errDisk
	}
	return s.LeasingStore.Set(ctx, key, record, ttl)
}

func (s *fullStore) Get(ctx context.Context, key string) (string, time.Duration, error) {
	if s.isDeaf {
		return "", 0, errDisk
	}
	return s.LeasingStore.Get(ctx, key)
}

func TestNothingIsSentWithoutTheStore(t *testing.T) {
	inSession(t, func(t *testing.T, server *refreshTokens, store Store) {
		for _, broken := range []*fullStore{{isFull: true}, {isDeaf: true}} {
			broken.LeasingStore = store.(LeasingStore)
			client := sessionClient(t, server, broken, nil)
			_, err := client.Token()
			failed, ok := errors.AsType[*TokenError](err)
			if !ok || failed.Code != CodeNetwork || !failed.Retryable || !errors.Is(err, errDisk) {
				t.Error(err)
			}
			client.Close()
		}
		server.expectCame(t)
		wantToken(t, sessionClient(t, server, store, nil), "access of a.1")
	})
}

func TestAStoreThatFailsAfterTheAnswer(t *testing.T) {
	inSession(t, func(t *testing.T, server *refreshTokens, store Store) {
		sometimes := &fullStore{LeasingStore: store.(LeasingStore)}
		server.hear = func() { sometimes.isFull = true }
		client := sessionClient(t, server, sometimes, nil)
		wantToken(t, client, "access of a.1")
		synctest.Wait()
		server.hear, sometimes.isFull = nil, false
		time.Sleep(time.Hour)
		wantToken(t, client, "access of a.2") // with the refresh token in the memory
		client.Close()
		time.Sleep(time.Hour)
		wantToken(t, sessionClient(t, server, store, nil), "access of a.3")
	})
}

// nextSays returns the error code of the next process, and checks that it sends nothing.
func nextSays(t *testing.T, server *refreshTokens, store Store) ErrorCode {
	t.Helper()
	before := len(server.came)
	_, err := sessionClient(t, server, store, nil).Token()
	failed, ok := errors.AsType[*TokenError](err)
	if !ok || len(server.came) != before {
		t.Fatal(err, server.came)
	}
	return failed.Code
}

func TestASessionThatIsLost(t *testing.T) {
	inSession(t, func(t *testing.T, server *refreshTokens, store Store) {
		client := sessionClient(t, server, store, nil)
		wantToken(t, client, "access of a.1")
		s := client.source.Load().grant.session
		ctx := t.Context()
		client.Close()
		time.Sleep(time.Hour)
		good, _, _ := store.Get(ctx, s.sealer.storeKey)
		until := time.Now().Add(time.Minute).UnixMilli()
		for text, want := range map[string]ErrorCode{
			`{"grant":"ra.2","by":"another","until":1}`: CodeSessionLost,
			`{"grant":"u","by":"another"}`:              CodeGrantUsed,
			`{"by":"another"}`:                          CodeSessionLost,
			`[]`:                                        CodeSessionLost,
			`{"grant":"l","by":"another"}`:              CodeSessionLost,
			fmt.Sprintf(`{"grant":"ra.2","by":"another","until":%d}`, until): CodeTimeout,
			// The writer's clock was far ahead.
			fmt.Sprintf(`{"grant":"ra.2","by":"another","until":%d}`, until+300_000): CodeSessionLost,
		} {
			store.Set(ctx, s.sealer.storeKey, s.sealer.seal([]byte(text)), time.Hour)
			if got := nextSays(t, server, store); got != want {
				t.Errorf("%s: %s, want %s", text, got, want)
			}
		}
		store.Set(ctx, s.sealer.storeKey, good+"x", time.Hour)
		if got := nextSays(t, server, store); got != CodeSessionLost {
			t.Error(got)
		}
		store.Set(ctx, s.sealer.storeKey, good, time.Hour)
		wantToken(t, sessionClient(t, server, store, nil), "access of a.2")
	})
}

func TestLifetimeOfASession(t *testing.T) {
	for text, want := range map[string]time.Duration{
		`{}`:                                   sessionLifetime,
		`{"refresh_token_expires_in":60}`:      time.Minute,
		`{"refresh_token_expires_in":"60"}`:    time.Minute,
		`{"refresh_expires_in":2592000}`:       30 * 24 * time.Hour,
		`{"refresh_token_expires_in":0}`:       sessionLifetime,
		`{"refresh_token_expires_in":1e10}`:    sessionLifetime,
		`{"refresh_token_expires_in":"never"}`: sessionLifetime,
	} {
		if got := lifetimeOfSession([]byte(text)); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

// A steppingStore counts a step before and after each call. At the step stop it says so, and does
// nothing more until the process is killed.
type steppingStore struct {
	LeasingStore
	steps, stop int
}

func (s *steppingStore) step() {
	if s.steps++; s.steps == s.stop {
		fmt.Println("stopped")
		select {}
	}
}

func (s *steppingStore) Get(ctx context.Context, key string) (string, time.Duration, error) {
	s.step()
	defer s.step()
	return s.LeasingStore.Get(ctx, key)
}

func (s *steppingStore) Set(ctx context.Context, key, record string, ttl time.Duration) error {
	s.step()
	defer s.step()
	return s.LeasingStore.Set(ctx, key, record, ttl)
}

func (s *steppingStore) Lease(ctx context.Context, key string, ttl time.Duration) (
	func(context.Context) error, error) {
	s.step()
	defer s.step()
	return s.LeasingStore.Lease(ctx, key, ttl)
}

// A sessionProcess is what a process does that the test kills.
type sessionProcess struct {
	Folder, TokenEndpoint, RefreshToken string
	Stop                                int // the step at which it stops; 0 for none
}

const sessionProcessVariable = "FETCHTOKEN_TEST_SESSION_PROCESS"

// client makes a Client of a process. Its request is short, so that the lease of a process that is
// killed ends soon.
func (p sessionProcess) client(clock Clock) (*Client, error) {
	files, err := filestore.New(p.Folder)
	if err != nil {
		return nil, err
	}
	config := sessionConfig(p.RefreshToken)
	config.TokenEndpoint = p.TokenEndpoint
	return New(config, &Options{
		Store:   &steppingStore{LeasingStore: files, stop: p.Stop},
		Timeout: 3 * time.Second, Clock: clock,
	})
}

// TestSessionProcess is the process that TestKillAtEachStep starts and kills.
func TestSessionProcess(t *testing.T) {
	given := os.Getenv(sessionProcessVariable)
	if given == "" {
		return
	}
	var p sessionProcess
	if err := json.Unmarshal([]byte(given), &p); err != nil {
		t.Fatal(err)
	}
	client, err := p.client(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Token(); err != nil {
		t.Fatal(err)
	}
	client.Close()
	fmt.Println("done")
	select {}
}

// run starts the process, waits until it says something or until event, and kills it.
func (p sessionProcess) run(t *testing.T, event <-chan struct{}) (said string) {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestSessionProcess$")
	child.Env = append(os.Environ(), sessionProcessVariable+"="+string(text))
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line := make(chan string, 1)
	go func() {
		said, _ := bufio.NewReader(out).ReadString('\n')
		line <- strings.TrimSpace(said)
	}()
	select {
	case said = <-line:
	case <-event:
	}
	child.Process.Kill()
	io.Copy(io.Discard, out)
	child.Wait()
	return said
}

// A lateClock is ahead of the system's clock. By it, a request of a killed process is over.
type lateClock struct{ systemClock }

func (lateClock) Now() time.Time { return time.Now().Add(2 * time.Minute) }

// next returns what the process after a killed one gets.
func (p sessionProcess) next(t *testing.T) string {
	p.Stop = 0
	client, err := p.client(lateClock{})
	if err != nil {
		t.Error(err)
		return ""
	}
	defer client.Close()
	token, err := client.Token()
	if failed, ok := errors.AsType[*TokenError](err); ok {
		return string(failed.Code)
	} else if err != nil {
		return err.Error()
	}
	return token.AccessToken
}

// startRefreshServer starts a token endpoint with refresh tokens.
func startRefreshServer(t *testing.T, server *refreshTokens) string {
	t.Helper()
	endpoint := httptest.NewServer(http.HandlerFunc(
		func(w http.ResponseWriter, req *http.Request) {
			response, err := server.RoundTrip(req)
			if err != nil {
				t.Error(err)
				return
			}
			w.WriteHeader(response.StatusCode)
			io.Copy(w, response.Body)
		}))
	t.Cleanup(func() {
		endpoint.CloseClientConnections()
		endpoint.Close()
	})
	return endpoint.URL
}

// kill -9 at each step of the store loses no session in silence, and replays no refresh token.
func TestKillAtEachStep(t *testing.T) {
	server := &refreshTokens{}
	endpoint := startRefreshServer(t, server)
	var killed []sessionProcess
	var wasSent []bool
	for stop, said := 1, ""; said != "done"; stop++ {
		family := fmt.Sprintf("s%d.", stop)
		p := sessionProcess{filepath.Join(t.TempDir(), family), endpoint, family + "1", stop}
		if said = p.run(t, nil); said != "stopped" && said != "done" {
			t.Fatalf("step %d: the process said %q", stop, said)
		}
		killed = append(killed, p)
		wasSent = append(wasSent, server.hasTaken(family+"1"))
	}
	if len(killed) < 10 {
		t.Errorf("%d steps", len(killed))
	}
	results := make([]string, len(killed))
	var all sync.WaitGroup
	for i, p := range killed {
		all.Go(func() { results[i] = p.next(t) })
	}
	all.Wait()
	lost := 0
	for i, result := range results {
		family := fmt.Sprintf("s%d.", i+1)
		good := []string{string(CodeSessionLost), "access of " + family + "1"}
		if wasSent[i] {
			good = append(good, "access of "+family+"2")
		}
		if !slices.Contains(good, result) {
			t.Errorf("step %d: %s", i+1, result)
		}
		if result == string(CodeSessionLost) {
			lost++
		}
	}
	// after the write before the request, and before the write after the answer
	if lost != 2 {
		t.Errorf("%d sessions are lost: %q", lost, results)
	}
	server.mu.Lock()
	defer server.mu.Unlock()
	if len(server.replayed) > 0 {
		t.Errorf("%q came again", server.replayed)
	}
}

// kill -9 between a request and its answer: the next process says that the session is lost.
func TestKillBetweenRequestAndAnswer(t *testing.T) {
	server := &refreshTokens{}
	came, stop := make(chan struct{}), make(chan struct{})
	server.hear = sync.OnceFunc(func() {
		close(came)
		<-stop
	})
	defer close(stop)
	p := sessionProcess{t.TempDir(), startRefreshServer(t, server), "k.1", 0}
	p.run(t, came)
	if got := p.next(t); got != string(CodeSessionLost) {
		t.Error(got)
	}
	server.expectCame(t, "k.1")
}
