package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/fetchtoken/fetchtoken/internal/storetest"
	"github.com/fetchtoken/fetchtoken/stores/redisstore"
	"github.com/redis/go-redis/v9"
)

// startRedis starts a redis-server on loopback, and returns a client of it and the process.
func startRedis(t *testing.T) (*redis.Client, *exec.Cmd) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	server := exec.Command("redis-server", "--port", fmt.Sprint(port), "--bind", "127.0.0.1",
		"--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{
		Addr: fmt.Sprintf("127.0.0.1:%d", port), MaxRetries: -1, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() {
		client.Close()
		server.Process.Kill()
		server.Wait()
	})
	for start := time.Now(); client.Ping(t.Context()).Err() != nil; time.Sleep(20 * time.Millisecond) {
		if time.Since(start) > time.Minute {
			t.Fatal("redis-server doesn't start")
		}
	}
	return client, server
}

func TestStore(t *testing.T) {
	client, _ := startRedis(t)
	storetest.Test(t, redisstore.New(client, nil))
	// an interface as the client, and the older protocol
	var universal redis.UniversalClient = redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs: []string{client.Options().Addr}, Protocol: 2, ContextTimeoutEnabled: true,
	})
	defer universal.Close()
	storetest.Test(t, redisstore.New(universal, nil))
}

// The keys and values in Redis are the same as those of JavaScript's redisStore.
func TestWhatIsInRedis(t *testing.T) {
	client, _ := startRedis(t)
	store, key := redisstore.New(client, &redisstore.Options{Prefix: "app:"}), storetest.Key()
	ctx := t.Context()
	if err := store.Set(ctx, key, "record", time.Minute); err != nil {
		t.Fatal(err)
	}
	record, left, err := store.Get(ctx, key)
	if record != "record" || left <= 50*time.Second || left > time.Minute || err != nil {
		t.Error(record, left, err)
	}
	if found, _, _ := redisstore.New(client, nil).Get(ctx, key); found != "" {
		t.Error("another prefix is another store")
	}
	release, err := store.Lease(ctx, key, 30*time.Second)
	if err != nil || release == nil {
		t.Fatal(err)
	}
	keys := client.Keys(ctx, "*"+key+"*").Val()
	slices.Sort(keys)
	if !slices.Equal(keys, []string{"app:" + key, "app:" + key + ":lease"}) {
		t.Error(keys)
	}
	if got := client.Get(ctx, "app:"+key).Val(); got != "record" {
		t.Error(got)
	}
	if got := client.PTTL(ctx, "app:"+key+":lease").Val(); got <= 20*time.Second || got > 30*time.Second {
		t.Error(got)
	}
	client.Set(ctx, "app:"+key+":lease", "of somebody else", 0)
	if err := release(ctx); err != nil {
		t.Error(err)
	}
	if got := client.Get(ctx, "app:"+key+":lease").Val(); got != "of somebody else" {
		t.Error(got)
	}
}

// The store frees a lease that Redis granted but whose answer was lost.
func TestLeaseNobodyHeardOf(t *testing.T) {
	client, server := startRedis(t)
	store, key := redisstore.New(client, nil), storetest.Key()
	if _, _, err := store.Get(t.Context(), key); err != nil { // opens a connection
		t.Fatal(err)
	}
	if err := server.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := store.Lease(ctx, key, time.Minute); err == nil {
		t.Error("a lease of a server that stands still")
	}
	if err := server.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		release, err := store.Lease(t.Context(), key, time.Minute)
		if release != nil {
			return
		}
		if time.Since(start) > 30*time.Second {
			t.Fatal("the lease is not freed", err)
		}
	}
}

func TestServerThatIsGone(t *testing.T) {
	client, server := startRedis(t)
	store, ctx := redisstore.New(client, nil), t.Context()
	server.Process.Kill()
	server.Wait()
	_, _, got := store.Get(ctx, storetest.Key())
	_, leased := store.Lease(ctx, storetest.Key(), time.Minute)
	for _, err := range []error{
		got, leased, store.Set(ctx, storetest.Key(), "r", time.Minute),
		store.Delete(ctx, storetest.Key()),
	} {
		if err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	}
}
