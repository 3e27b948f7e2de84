package main

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

var mutations = flag.Int("mutations", 3000, "how many messages TestCompilersAgree changes")

// messagesOf returns the messages that the vectors send, each with its operation before it.
func messagesOf(t *testing.T) [][]byte {
	var messages [][]byte
	for _, v := range corpus(t) {
		v.run(t, func(op int, message []byte) []byte {
			if len(message) < 1<<14 {
				messages = append(messages, append([]byte{byte(op)}, message...))
			}
			return perform(nil, op, message)
		})
	}
	return messages
}

// agree fails if the compact module answers otherwise than standard Go does.
func agree(t *testing.T, h *host, op int, message []byte) {
	t.Helper()
	want, got := perform(nil, op, message), h.call(op, message)
	if op == opNext || op == opOAuth1 {
		got = withoutFingerprint(got)
	}
	if op == opSign && bytes.Contains(got, []byte("fingerprint")) ||
		bytes.Contains(want, []byte("its public part")) {
		return // the host signs with this private key, and sees then whether its halves belong together
	}
	if !bytes.Equal(got, want) {
		t.Errorf("operation %d, %q:\n%q, but standard Go\n%q", op, message, got, want)
	}
}

// withoutFingerprint returns an answer as a build makes it that signs by itself.
func withoutFingerprint(answer []byte) []byte {
	kept := answer[:0:0]
	for rest := answer; len(rest) > 0; {
		f, after, ok := next(rest)
		if !ok {
			return answer
		}
		if string(f.name) != "fingerprint" {
			kept = append(kept, rest[:len(rest)-len(after)]...)
		}
		rest = after
	}
	return kept
}

// mutate changes a message in a few places: bytes, lengths, cuts, repetitions, parts of another
// one.
func mutate(random *rand.Rand, message, other []byte) []byte {
	message = bytes.Clone(message)
	for range 1 + random.IntN(4) {
		at := random.IntN(len(message) + 1)
		end := min(len(message), at+random.IntN(40))
		switch random.IntN(6) {
		case 0:
			if at < len(message) {
				message[at] = byte(random.Uint32())
			}
		case 1:
			message = message[:at]
		case 2:
			message = slices.Insert(message, at, bytes.Clone(message[at:end])...)
		case 3:
			message = slices.Delete(message, at, end)
		case 4:
			from := random.IntN(len(other) + 1)
			message = slices.Insert(message, at, other[from:min(len(other), from+random.IntN(80))]...)
		default:
			message = replaceValue(random, message)
		}
	}
	return message
}

// replaceValue gives one field another value, and leaves the message whole.
func replaceValue(random *rand.Rand, message []byte) []byte {
	values := []string{
		"", "0", "-1", "1e9", "9223372036854775808", "\x00", "\xff", "null", "{}", "[[[]]]",
		`{"a":1,"a":2}`, "é€😀", "https://h:1/?a=b#c", strings.Repeat("a", 300),
	}
	var fields []field
	for rest := message; len(rest) > 0; {
		f, after, ok := next(rest)
		if !ok {
			return message
		}
		fields, rest = append(fields, f), after
	}
	if len(fields) == 0 {
		return message
	}
	chosen := random.IntN(len(fields))
	var changed []byte
	for i, f := range fields {
		value := f.value
		if i == chosen && (f.kind == kindConfig || f.kind == kindOptions) {
			value = replaceValue(random, value)
		} else if i == chosen {
			value = []byte(values[random.IntN(len(values))])
		}
		changed = appendField(changed, f.kind, string(f.name), string(value))
	}
	return changed
}

// Two compilers make what ships. They answer alike, and no instance dies, whatever the message.
func TestCompilersAgree(t *testing.T) {
	h := startHost(t, compact)
	messages := messagesOf(t)
	const seed = 9
	random := rand.New(rand.NewPCG(seed, seed))
	for range *mutations {
		message := messages[random.IntN(len(messages))]
		other := messages[random.IntN(len(messages))]
		op := int(message[0])
		if random.IntN(20) == 0 {
			op = random.IntN(len(operations) + 2)
		}
		if op == opForget {
			continue // it is not perform's
		}
		agree(t, h, op, mutate(random, message[1:], other[1:]))
		if t.Failed() {
			return
		}
	}
	if h.died > 0 {
		t.Errorf("%d instances died", h.died)
	}
}

// Whatever nests comes as deep as its parser takes it, and deeper. The compact module's stack holds
// it.
func TestCompilersAgreeOnNesting(t *testing.T) {
	h := startHost(t, compact)
	identity := `{"tokenEndpoint":"https://as.example/token","clientId":"c",
		"clientSecret":"0123456789abcdef0123456789abcdef","clientAuth":"client_secret_jwt"}`
	for _, depth := range []int{1, 30, 60, 61, 62, 63, 64, 65, 66, 100, 1000, 20_000} {
		for _, brackets := range []string{"[]", `{"a":|}`} {
			open, end, _ := strings.Cut(brackets, "|")
			if brackets == "[]" {
				open, end = "[", "]"
			}
			nested := strings.Repeat(open, depth) + `"x"` + strings.Repeat(end, depth)
			config := configMessage(t, []byte(identity))
			inner, _, _ := next(config)
			inTime := func(message []byte) []byte {
				message = appendField(bytes.Clone(message), kindArgument, "now", "1763640000000")
				return appendField(message, kindArgument, "random", "0123456789abcdefghijk")
			}
			for name, value := range map[string]string{
				"assertion":  `{"claims":{"deep":` + nested + `}}`,
				"parameters": `{"deep":` + nested + `}`,
				"scope":      nested,
				"privateKey": `{"kty":"oct","deep":` + nested + `}`,
			} {
				fields := appendField(bytes.Clone(inner.value), 'j', name, value)
				message := inTime(appendField(nil, kindConfig, "", string(fields)))
				agree(t, h, opNext, message)
				agree(t, h, opExplain, message)
			}
			sent, failure := reply(t, perform(nil, opNext, inTime(config)))
			if failure != nil || sent["do"] != "send" {
				t.Fatal(sent, failure)
			}
			for _, body := range []string{
				nested, `{"access_token":"a","token_type":"Bearer","deep":` + nested + `}`,
				`{"error":` + nested + `}`, `{"errors":[` + nested + `]}`,
			} {
				for _, status := range []string{"200", "400", "401"} {
					message := inTime(config)
					message = appendField(message, kindArgument, "state", sent["state"].(string))
					message = appendField(message, kindArgument, "status", status)
					message = appendField(message, kindHeader, "content-type", "application/json")
					agree(t, h, opNext, appendField(message, kindArgument, "body", body))
				}
			}
			agree(t, h, opCredentials, appendField(nil, kindArgument, "file", nested))
			file := `{"client_id":"a","private_key":` + nested + `}`
			agree(t, h, opCredentials, appendField(nil, kindArgument, "file", file))
			sign := func(key string) []byte {
				message := appendField(nil, kindArgument, "key", key)
				return appendField(message, kindArgument, "alg", "ES256")
			}
			agree(t, h, opSign, sign(`{"kty":"EC","crv":`+nested+`}`))
			agree(t, h, opSign, sign(`{"keys":[{"kty":"EC","deep":`+nested+`}]}`))
			fields := appendField(nil, 's', "method", "GET")
			fields = appendField(fields, 's', "url", "https://h/")
			fields = appendField(fields, 'j', "params", nested)
			agree(t, h, opOAuth1, appendField(nil, kindConfig, "", string(fields)))
			// DER: sequences in sequences, with lengths of four bytes.
			der := []byte{5, 0}
			for range min(depth, 4000) {
				n := len(der)
				der = append([]byte{0x30, 0x84, 0, byte(n >> 16), byte(n >> 8), byte(n)}, der...)
			}
			agree(t, h, opSign, sign(string(der)))
			if t.Failed() {
				t.Fatalf("%d deep", depth)
			}
		}
	}
	if h.died > 0 {
		t.Errorf("%d instances died", h.died)
	}
}
