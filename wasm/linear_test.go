package main

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// An operation takes some four times the memory for a message of four times the size: quadratic
// work that copies takes sixteen times as much. The rest is for buffers that grow.
func TestOperationsAreLinear(t *testing.T) {
	numbered := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, n-i)
		}
		return b.String()
	}
	config := func(fields string) []byte {
		return configMessage(
			t,
			[]byte(
				`{"tokenEndpoint":"https://as.example.com/token","clientId":"c","clientSecret":"s3cr3t-s3cr3t",`+fields+`}`,
			),
		)
	}
	moment := func(message []byte) []byte {
		message = appendField(message, kindArgument, "sentAt", "1512072698000")
		return appendField(message, kindArgument, "random", "0123456789abcdef")
	}
	for name, c := range map[string]struct {
		op      int
		message func(n int) []byte
	}{
		"values": {opExplain, func(n int) []byte {
			return moment(config(`"bodyFormat":"json","parameters":{"p":["v"` + strings.Repeat(`,"v"`, n) + `]}`))
		}},
		"names": {opExplain, func(n int) []byte {
			return moment(config(`"clientAuth":"oauth1","parameters":{` + numbered(n, `"p%07d":"v",`) + `"q":"v"}`))
		}},
		"unknown fields": {opExplain, func(n int) []byte { return moment(config(numbered(n, `"p%07d":"v",`) + `"scope":"a"`)) }},
		"an environment": {opCredentials, func(n int) []byte {
			return configMessage(t, []byte(`{`+numbered(n, `"FETCHTOKEN_%d":"v",`)+`"FETCHTOKEN_CLIENT_ID":"v"}`))
		}},
	} {
		cost := func(n int) uint64 {
			message := c.message(n)
			var before, after runtime.MemStats
			perform(nil, c.op, message)
			clear(exchanges)
			runtime.ReadMemStats(&before)
			answer := perform(nil, c.op, message)
			runtime.ReadMemStats(&after)
			if name == "unknown fields" && len(answer) > 1000 {
				t.Errorf("%s: an error of %d bytes", name, len(answer))
			}
			return after.TotalAlloc - before.TotalAlloc
		}
		if one, four := cost(1<<12), cost(1<<14); four > 12*one+1<<18 {
			t.Errorf("%s: %d bytes for 4,096, %d for four times as many", name, one, four)
		}
	}
}
