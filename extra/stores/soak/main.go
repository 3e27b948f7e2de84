// Command soak is the Go process of js/test/soak.js: many callers, two Clients, one Redis. After
// its time it prints what the callers got, as JSON, in the shape that
// js/test/support/soak_process.js prints.
//
//	soak OPTIONS
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/fetchtoken/fetchtoken"
	"github.com/fetchtoken/fetchtoken/stores/redisstore"
	"github.com/redis/go-redis/v9"
)

// Options are the argument, as JSON.
type Options struct {
	Redis            string
	Configs          map[string]fetchtoken.Config // by the kind of the token
	Callers, Seconds int
}

// A Failure is a call that brought no token. Times are in milliseconds since the epoch.
type Failure struct {
	Kind  string `json:"kind"`
	Start int64  `json:"start"`
	End   int64  `json:"end"`
	Error string `json:"error"`
}

// A Tally is what the callers of a process got.
type Tally struct {
	Calls   int            `json:"calls"`
	Ended   int            `json:"ended"` // tokens whose life was over when they were asked for
	Failed  []Failure      `json:"failed"`
	Tokens  []string       `json:"tokens"`
	Events  map[string]int `json:"events"`
	Longest int64          `json:"longest"` // call, in milliseconds
}

func main() {
	log.SetFlags(0)
	var options Options
	if err := json.Unmarshal([]byte(os.Args[1]), &options); err != nil {
		log.Fatal(err)
	}
	store := redisstore.New(redis.NewClient(&redis.Options{Addr: options.Redis}), nil)
	tally := Tally{Events: map[string]int{}, Failed: []Failure{}}
	var mu sync.Mutex
	clients := map[string]*fetchtoken.Client{}
	for kind, config := range options.Configs {
		client, err := fetchtoken.New(config, &fetchtoken.Options{
			Store: store,
			OnEvent: func(e fetchtoken.Event) {
				mu.Lock()
				defer mu.Unlock()
				tally.Events[string(e.Type)]++
			},
		})
		if err != nil {
			log.Fatal(err)
		}
		clients[kind] = client
	}
	end := time.Now().Add(time.Duration(options.Seconds) * time.Second)
	var callers sync.WaitGroup
	for range options.Callers {
		callers.Go(func() {
			for time.Now().Before(end) {
				for kind, client := range clients {
					start := time.Now()
					token, err := client.Token()
					mu.Lock()
					tally.add(kind, start, err)
					if err == nil {
						if !start.Before(token.Expiry) {
							tally.Ended++
						}
						if !slices.Contains(tally.Tokens, token.AccessToken) {
							tally.Tokens = append(tally.Tokens, token.AccessToken)
						}
					}
					mu.Unlock()
				}
				time.Sleep(time.Duration(5+rand.IntN(20)) * time.Millisecond)
			}
		})
	}
	callers.Wait()
	for _, client := range clients {
		if err := client.Close(); err != nil {
			log.Fatal(err)
		}
	}
	said, err := json.Marshal(tally)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(said))
}

func (t *Tally) add(kind string, start time.Time, err error) {
	end := time.Now()
	t.Calls++
	t.Longest = max(t.Longest, end.Sub(start).Milliseconds())
	if err != nil {
		t.Failed = append(t.Failed, Failure{kind, start.UnixMilli(), end.UnixMilli(), err.Error()})
	}
}
