package fetchtoken

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
)

// tenantServer answers with a token that names the client and the scope, and counts the requests.
type tenantServer struct {
	mu       sync.Mutex
	requests map[string]int
}

func (s *tenantServer) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.ParseForm(); err != nil {
		return nil, err
	}
	id, _, _ := req.BasicAuth()
	name := id + " " + req.PostForm.Get("scope")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[name]++
	return respondWith(200, fmt.Sprintf(`{"access_token":%q,"expires_in":3600}`, name)), nil
}

// tenantConfig is the configuration of a tenant.
func tenantConfig(_ context.Context, tenant string) (Config, error) {
	return Config{
		TokenEndpoint: "https://as.example/token", ClientID: tenant, ClientSecret: "s " + tenant,
	}, nil
}

func newClients(t *testing.T, options *Options) *Clients {
	t.Helper()
	clients, err := NewClients(tenantConfig, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { clients.Close() })
	return clients
}

func TestManyTokensOfManyTenants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tenantServer{requests: map[string]int{}}
		clients := newClients(t, &Options{HTTPClient: &http.Client{Transport: server}})
		var calls sync.WaitGroup
		for i := range 1000 {
			tenant, scope := fmt.Sprintf("tenant-%d", i%5), fmt.Sprintf("scope-%d", i/5%20)
			calls.Go(func() {
				client := clients.Get(tenant).With(TokenRequest{Scope: []string{scope}})
				wantToken(t, client, tenant+" "+scope)
			})
		}
		calls.Wait()
		if len(server.requests) != 100 {
			t.Errorf("%d different requests, want 100", len(server.requests))
		}
		for name, times := range server.requests {
			if times != 1 {
				t.Errorf("%s was requested %d times", name, times)
			}
		}
	})
}

func TestClientsDropTheLeastRecentlyUsed(t *testing.T) {
	server := &tenantServer{requests: map[string]int{}}
	clients := newClients(t, &Options{
		HTTPClient: &http.Client{Transport: server}, MaxClients: 2,
	})
	for _, tenant := range []string{"a", "b", "a", "c", "a", "b"} {
		wantToken(t, clients.Get(tenant), tenant+" ")
	}
	if got := fmt.Sprint(server.requests); got != "map[a :1 b :2 c :1]" {
		t.Error(got)
	}
}

func TestClosedClients(t *testing.T) {
	server := &tenantServer{requests: map[string]int{}}
	clients := newClients(t, &Options{HTTPClient: &http.Client{Transport: server}})
	before := clients.Get("a")
	wantToken(t, before, "a ")
	if err := clients.Close(); err != nil {
		t.Error(err)
	}
	for _, client := range []*Client{
		before, clients.Get("a"), clients.Get("b").With(TokenRequest{Scope: []string{"s"}}),
	} {
		if _, err := client.Token(); !errors.Is(err, CodeClosed) {
			t.Error(err)
		}
		client.Close()
	}
}

func TestOptionsOfClients(t *testing.T) {
	for _, options := range []Options{
		{MaxClients: -1},
		{Config: func(context.Context) (Config, error) { return Config{}, nil }},
	} {
		if _, err := NewClients(tenantConfig, &options); !errors.Is(err, CodeInvalidConfig) {
			t.Error(err)
		}
	}
}

// All tenants share the connections of one http.Client.
func TestClientsShareConnections(t *testing.T) {
	var mu sync.Mutex
	connections := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(
		func(w http.ResponseWriter, req *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			connections[req.RemoteAddr] = true
			w.Write([]byte(`{"access_token":"t","expires_in":3600}`))
		}))
	defer server.Close()
	clients, err := NewClients(func(_ context.Context, tenant string) (Config, error) {
		return Config{TokenEndpoint: server.URL, ClientID: tenant, ClientSecret: "s"}, nil
	}, &Options{HTTPClient: server.Client()})
	if err != nil {
		t.Fatal(err)
	}
	defer clients.Close()
	for i := range 20 {
		wantToken(t, clients.Get(fmt.Sprint("tenant-", i)), "t")
	}
	if len(connections) != 1 {
		t.Errorf("%d connections, want 1", len(connections))
	}
}

// mostBytes is the most memory that a tenant with one token takes.
const mostBytes = 6 << 10

func TestBytesOfATenant(t *testing.T) {
	const tenants = 1000
	server := &tenantServer{requests: map[string]int{}}
	clients := newClients(t, &Options{HTTPClient: &http.Client{Transport: server}})
	fill := func(first int) uint64 {
		for i := range tenants / 2 {
			if _, err := clients.Get(fmt.Sprint("tenant-", first+i)).Token(); err != nil {
				t.Fatal(err)
			}
		}
		clear(server.requests)
		runtime.GC()
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		return memory.HeapAlloc
	}
	before := fill(0) // also what the process allocates once
	after := fill(tenants / 2)
	if each := (int64(after) - int64(before)) / (tenants / 2); each > mostBytes {
		t.Errorf("a tenant takes %d bytes, want at most %d", each, mostBytes)
	}
}
