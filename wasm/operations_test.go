package main

import (
	"bytes"
	"runtime"
	"strconv"
	"testing"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// FuzzPerform gives operations whatever a broken host could: they answer, and never with the error
// of a defect, unless the message itself is broken.
func FuzzPerform(f *testing.F) {
	for _, v := range corpus(f) {
		switch v.Op {
		case "build":
			f.Add(opNext, "provider", "oauth2", string(v.Config))
		case "oauth1":
			f.Add(opOAuth1, "params", "", string(v.Input))
		case "parse":
			f.Add(opNext, "scope", v.Outcome.Body, string(v.Config))
		case "credentials":
			f.Add(opCredentials, "", v.Text, "{}")
		}
	}
	f.Fuzz(func(t *testing.T, op int, name, text, config string) {
		if op <= 0 || op >= len(operations) {
			return
		}
		fields := appendField(nil, 's', name, text)
		fields = appendField(fields, 'j', name, text)
		fields = appendField(fields, 'j', "assertion", config)
		message := appendField(nil, kindOptions, "", string(fields))
		if _, err := jsonobject.Parse([]byte(config)); err == nil {
			f, _, _ := next(configMessage(t, []byte(config)))
			fields = append(f.value, fields...)
		}
		message = appendField(message, kindConfig, "", string(fields))
		message = appendField(message, kindArgument, "random", "0123456789abcdef01234")
		message = appendField(message, kindArgument, "status", "200")
		message = appendField(message, kindArgument, "body", text)
		message = appendField(message, kindArgument, "file", text)
		message = appendField(message, kindHeader, "retry-after", text)
		got, failure := reply(t, perform(nil, op, message))
		if op == opNext && got["do"] == "send" {
			_, failure = reply(
				t,
				perform(nil, op, appendField(message, kindArgument, "state", got["state"].(string))),
			)
		}
		if failure != nil && failure["code"] == "internal" {
			t.Errorf("operation %d: %v", op, failure)
		}
	})
}

// A message may be anything. Four times as many of its fields take some four times the memory.
func FuzzMessage(f *testing.F) {
	f.Add(1, appendField(nil, 's', "clientId", "a"))
	for _, v := range corpus(f) {
		if v.Op == "build" {
			f.Add(opNext, configMessage(f, v.Config))
			f.Add(opExplain, appendField(configMessage(f, v.Config), kindArgument, "now", "1512072698000"))
		}
	}
	f.Fuzz(func(t *testing.T, op int, message []byte) {
		reply(t, perform(nil, op, message))
		if len(message) == 0 || len(message) > 2_000 {
			return
		}
		cost := func(times int) uint64 {
			long := bytes.Repeat(message, times)
			inner := appendField(nil, kindConfig, "", string(long))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			perform(nil, op, long)
			perform(nil, op, inner)
			runtime.ReadMemStats(&after)
			clear(exchanges)
			return after.TotalAlloc - before.TotalAlloc
		}
		n := 1 + 4_000/len(message)
		if one, four := cost(n), cost(4*n); four > 8*one+1<<18 {
			t.Errorf("operation %d, %q: %d bytes, and %d for four times as many", op, message, one, four)
		}
	})
}

// Of however many configurations, those that were used last are kept.
func TestKeptConfigurationsAreBounded(t *testing.T) {
	for i := range 3 * maxExchanges {
		config := configMessage(
			t,
			[]byte(
				`{"tokenEndpoint":"https://as.example/token","clientId":"id","clientSecret":"s`+strconv.Itoa(
					i,
				)+`"}`,
			),
		)
		message := appendField(config, kindArgument, "random", "0123456789abcdef01234")
		if got, failure := reply(t, perform(nil, opNext, message)); got["do"] != "send" {
			t.Fatal(got, failure)
		}
		if len(exchanges) > maxExchanges {
			t.Fatalf("%d are kept", len(exchanges))
		}
	}
}
