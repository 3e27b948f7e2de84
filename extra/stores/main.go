// Command stores runs a Client with a store, and calls the methods that its input names. With this
// command, the JavaScript tests let a Node process and a Go process share one token. This module
// also tests the Redis store, because the tests need go-redis and fetchtoken itself doesn't.
//
//	stores file FOLDER CONFIG
//	stores redis ADDRESS CONFIG
//
// CONFIG is a JSON object with tokenEndpoint, clientId, clientSecret and scope. If there are
// several, the Client begins with the first one, and its configuration changes to the next one with
// each line next. Each other line of the input is token, renew, invalidate or close. After token,
// the line may have a JSON object with scope, audience, resource and parameters: the request of
// another token. For each line the command prints one line of JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/fetchtoken/fetchtoken"
	"github.com/fetchtoken/fetchtoken/stores/filestore"
	"github.com/fetchtoken/fetchtoken/stores/redisstore"
	"github.com/redis/go-redis/v9"
	"golang.org/x/oauth2"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 3 {
		return errors.New("usage: stores file|redis PLACE CONFIG, and further configurations")
	}
	configs := make([]fetchtoken.Config, len(args)-2)
	for i, text := range args[2:] {
		if err := json.Unmarshal([]byte(text), &configs[i]); err != nil {
			return err
		}
	}
	store, err := storeOf(args[0], args[1])
	if err != nil {
		return err
	}
	var events eventList
	var current atomic.Int64
	options := &fetchtoken.Options{Store: store, OnEvent: events.add}
	first := configs[0]
	if len(configs) > 1 {
		first = fetchtoken.Config{}
		options.Config = func(context.Context) (fetchtoken.Config, error) {
			return configs[current.Load()], nil
		}
	}
	client, err := fetchtoken.New(first, options)
	if err != nil {
		return err
	}
	defer client.Close()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if lines.Text() == "next" {
			current.Add(1)
		}
		said, err := json.Marshal(obey(client, lines.Text(), &events))
		if err != nil {
			return err
		}
		fmt.Println(string(said))
	}
	return lines.Err()
}

func storeOf(kind, place string) (fetchtoken.Store, error) {
	if kind == "file" {
		return filestore.New(place)
	}
	return redisstore.New(redis.NewClient(&redis.Options{Addr: place}), nil), nil
}

// An answer is the result of one line of the input.
type answer struct {
	Token  string   `json:"token,omitempty"`
	Error  string   `json:"error,omitempty"`
	Code   string   `json:"code,omitempty"`
	Events []string `json:"events"`
}

func obey(client *fetchtoken.Client, line string, events *eventList) (a answer) {
	var token *oauth2.Token
	var err error
	verb, request, isOther := strings.Cut(line, " ")
	if isOther {
		var other fetchtoken.TokenRequest
		if err := json.Unmarshal([]byte(request), &other); err != nil {
			return answer{Error: err.Error()}
		}
		client = client.With(other)
	}
	switch verb {
	case "next":
	case "token":
		token, err = client.Token()
	case "renew":
		token, err = client.Renew(context.Background())
	case "invalidate":
		client.Invalidate(nil)
	case "close": // Close returns after the writes to the store
		err = client.Close()
	default:
		err = errors.New("unknown line")
	}
	if refused, ok := errors.AsType[*fetchtoken.TokenError](err); ok {
		a.Error, a.Code = refused.OAuthError, string(refused.Code)
	} else if err != nil {
		a.Error = err.Error()
	}
	if token != nil {
		a.Token = token.AccessToken
	}
	a.Events = events.take()
	return a
}

// An eventList holds the types of the events since the last line.
type eventList struct {
	mu    sync.Mutex
	types []string
}

func (l *eventList) add(e fetchtoken.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.types = append(l.types, string(e.Type))
}

func (l *eventList) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	types := append([]string{}, l.types...)
	l.types = nil
	return types
}
