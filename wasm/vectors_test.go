package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// vectorFile is a file of the corpus; ../core/testdata/README.md describes it.
type vectorFile struct {
	Schema string   `json:"schema"`
	Source string   `json:"source"`
	Tests  []vector `json:"tests"`
}

type vector struct {
	ID          string            `json:"id"`
	Comment     string            `json:"comment"`
	Source      string            `json:"source"`
	Op          string            `json:"op"`
	Whole       bool              `json:"whole"` // this is the whole module
	Input       json.RawMessage   `json:"input"`
	Config      json.RawMessage   `json:"config"`
	KeyHex      string            `json:"keyHex"`
	Now         int64             `json:"now"`
	Random      string            `json:"random"`
	Signatures  []string          `json:"signatures"`
	SentAt      int64             `json:"sentAt"`
	Outcome     *outcome          `json:"outcome"`
	Metadata    string            `json:"metadata"`
	RedirectURI string            `json:"redirectUri"`
	Limits      map[string]any    `json:"limits"`
	Steps       []step            `json:"steps"`
	Text        string            `json:"text"`
	Hex         string            `json:"hex"`
	Environment map[string]string `json:"environment"`
	Options     *struct {
		Filename string `json:"filename"`
		Profile  string `json:"profile"`
	} `json:"options"`
	Want      json.RawMessage `json:"want"`
	WantError map[string]any  `json:"wantError"`
}

// outcome is what became of a request.
type outcome struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	BodyHex string            `json:"bodyHex"`
	Failure string            `json:"failure"`
	Detail  string            `json:"detail"`
}

// step is what a renewal is told: when, with which random bytes, and what became of what it asked
// for.
type step struct {
	Now       int64    `json:"now"`
	Random    string   `json:"random"`
	Outcome   *outcome `json:"outcome"`
	Signature string   `json:"signature"`
	Failure   string   `json:"failure"`
	Detail    string   `json:"detail"`
	Text      string   `json:"text"`
}

func corpus(t testing.TB) []vector {
	t.Helper()
	names, err := filepath.Glob("../core/testdata/vectors/*.json")
	if err != nil || len(names) == 0 {
		t.Fatal("no vectors", err)
	}
	var all []vector
	ids := map[string]bool{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var file vectorFile
		strict(t, name, text, &file)
		if file.Schema != "fetchtoken/vectors/1" || file.Source == "" {
			t.Fatalf("%s: schema %q, source %q", name, file.Schema, file.Source)
		}
		for _, v := range file.Tests {
			if v.ID == "" || ids[v.ID] {
				t.Fatalf("%s: the id %q is empty or stands twice", name, v.ID)
			}
			if ids[v.ID] = true; (v.Want == nil) == (v.WantError == nil) {
				t.Fatalf("%s: exactly one of want and wantError", v.ID)
			}
			all = append(all, v)
		}
	}
	return all
}

// strict decodes JSON and fails on a key that it doesn't know, so that no vector can rot unseen.
func strict(t testing.TB, name string, text []byte, into any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// runVectors runs the corpus against whatever carries out operations, and logs how many there are
// as js/test/support/counts.js reads it.
func runVectors(t *testing.T, runtime string, call func(op int, message []byte) []byte) {
	vectors := corpus(t)
	for _, v := range vectors {
		t.Run(v.ID, func(t *testing.T) {
			got, failure := v.run(t, call)
			if v.Whole && got["pkcs8"] != nil {
				return // only the whole module looks so closely; here the host's WebCrypto would
			}
			if v.WantError != nil {
				if failure == nil {
					t.Fatalf("want the error %v, got %v", v.WantError, got)
				}
				checkError(t, v.WantError, failure)
				return
			}
			if failure != nil {
				t.Fatalf("%s: %s", failure["code"], failure["message"])
			}
			if v.Op == "renewal" {
				var want []any
				strict(t, v.ID, v.Want, &want)
				if !reflect.DeepEqual(got["actions"], want) {
					t.Errorf("got  %s\nwant %s", show(got["actions"]), show(want))
				}
				return
			}
			var want map[string]any
			strict(t, v.ID, v.Want, &want)
			if v.Op == "oauth1" { // a published vector has what was published
				for name := range got {
					if _, ok := want[name]; !ok {
						delete(got, name)
					}
				}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %s\nwant %s", show(got), show(want))
			}
		})
	}
	t.Logf("counted %s: %d + 0 vectors", runtime, len(vectors))
}

func show(v any) string {
	text, _ := json.MarshalIndent(v, "", " ")
	return string(text)
}

// run carries out a vector and returns the result in the form of want, or the error.
func (v *vector) run(t *testing.T, call func(int, []byte) []byte) (map[string]any, map[string]any) {
	switch v.Op {
	case "oauth1":
		message := configMessage(t, v.Input)
		got, failure := reply(t, call(opOAuth1, message))
		if failure == nil && got["data"] != nil {
			got, failure = reply(t, call(opOAuth1, append(message, v.signOAuth1(t, got)...)))
		}
		return got, failure
	case "sign":
		var message []byte
		for _, m := range members(t, v.Input) {
			text, ok := jsonobject.Text(m.Value)
			if !ok {
				text = string(m.Value)
			}
			switch m.Name {
			case "keyHex":
				m.Name, text = "key", string(unhex(t, text))
			case "alg", "key", "passphrase", "keyId", "data":
			default:
				t.Fatalf("unknown key input.%s", m.Name)
			}
			message = appendField(message, kindArgument, m.Name, text)
		}
		got, failure := reply(t, call(opSign, message))
		if failure == nil && got["pkcs8"] != nil {
			if v.Whole {
				return got, nil
			}
			got, failure = signFor(t, message, []byte(got["pkcs8"].(string)))
		}
		if failure == nil {
			got["signature"] = base64.RawURLEncoding.EncodeToString([]byte(got["signature"].(string)))
		}
		return got, failure
	case "build":
		config := configMessage(t, v.Config)
		if v.KeyHex != "" {
			message, _, _ := next(config)
			fields := appendField(message.value, 'b', "privateKey", string(unhex(t, v.KeyHex)))
			config = appendField(nil, kindConfig, "", string(fields))
		}
		r := &stepper{t: t, call: call, always: config}
		got, failure := r.next(v.Now, v.Random+nothingSpread, nil)
		if failure == nil && got["do"] == "sign" {
			signing := got
			if len(v.Signatures) != 1 {
				t.Fatalf("asks for a signature: %v", signing)
			}
			signed := (&step{Signature: v.Signatures[0]}).fields(t)
			if got, failure = r.next(v.Now, v.Random+nothingSpread, signed); failure == nil {
				got["signing"] = map[string]any{"alg": signing["alg"], "data": signing["data"]}
			}
		}
		for _, name := range []string{"do", "ahead", "attempt", "timeout", "maxBody", "state", "hold", "grant"} {
			delete(got, name)
		}
		return got, failure
	case "explain":
		random, err := hex.DecodeString(v.Random)
		if err != nil {
			t.Fatal(err)
		}
		message := configMessage(t, v.Config)
		message = appendField(message, kindArgument, "now", strconv.FormatInt(v.Now, 10))
		message = appendField(message, kindArgument, "random", string(random))
		got, failure := reply(t, call(opExplain, message))
		if failure == nil {
			var explanation map[string]any
			strict(t, v.ID, []byte(got["explanation"].(string)), &explanation)
			got = explanation
		}
		return got, failure
	case "parse":
		r := &stepper{t: t, call: call, always: configMessage(t, v.Config)}
		random := strings.Repeat("00", core.RandomSize) + nothingSpread
		got, failure := r.next(v.SentAt, random, nil)
		if failure == nil && got["do"] == "sign" {
			got, failure = r.next(v.SentAt, random, (&step{Signature: noSignature}).fields(t))
		}
		if failure == nil && got["do"] == "send" {
			got, failure = r.next(v.SentAt, random, v.Outcome.fields(t))
		}
		if failure != nil {
			return nil, failure
		}
		action := actionOf(t, got, nil)
		want := map[string]any{"token": action["token"]}
		if ahead := action["ahead"].(float64); ahead != 0 {
			want["clockOffset"] = ahead / 1000
		}
		return want, nil
	case "renewal":
		return map[string]any{"actions": v.renew(t, call)}, nil
	case "authorization":
		message := configMessage(t, v.Config)
		message = appendField(message, kindArgument, "purpose", "authorization")
		if v.Metadata != "" {
			message = appendField(message, kindArgument, "metadata", v.Metadata)
		}
		message = appendField(message, kindArgument, "redirectUri", v.RedirectURI)
		message = appendField(message, kindArgument, "random", string(unhex(t, v.Random)))
		got, failure := reply(t, call(opAuthorize, message))
		if failure == nil {
			got["issuerRequired"] = got["issuerRequired"] == "true"
		}
		if got["nonce"] == "" {
			delete(got, "nonce")
		}
		return got, failure
	case "callback":
		var c struct {
			URL, State, Issuer string
			IssuerRequired     bool
		}
		strict(t, v.ID, v.Input, &c)
		message := appendField(nil, kindArgument, "url", c.URL)
		message = appendField(message, kindArgument, "state", c.State)
		message = appendField(message, kindArgument, "issuer", c.Issuer)
		required := strconv.FormatBool(c.IssuerRequired)
		return reply(t, call(opCallback, appendField(message, kindArgument, "issuerRequired", required)))
	case "credentials":
		file := v.Text
		if v.Hex != "" {
			file = string(unhex(t, v.Hex))
		}
		message := appendField(nil, kindArgument, "file", file)
		if v.Environment != nil {
			var variables []byte
			for name, value := range v.Environment {
				variables = appendField(variables, 's', name, value)
			}
			message = appendField(nil, kindConfig, "", string(variables))
		}
		if o := v.Options; o != nil {
			options := appendField(nil, 's', "filename", o.Filename)
			message = appendField(
				message,
				kindOptions,
				"",
				string(appendField(options, 's', "profile", o.Profile)),
			)
		}
		got, failure := reply(t, call(opCredentials, message))
		for name, value := range got { // response and sources are objects
			text, _ := value.(string)
			var members any
			if strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text), &members) == nil {
				got[name] = members
			} else if text == "true" {
				got[name] = true
			}
		}
		return map[string]any{"config": got}, failure
	}
	t.Fatalf("unknown op %q", v.Op)
	return nil, nil
}

// signOAuth1 returns the message with the signature by the private key of the input.
func (v *vector) signOAuth1(t testing.TB, signing map[string]any) []byte {
	var key, passphrase, keyID string
	for _, m := range members(t, v.Input) {
		text, ok := jsonobject.Text(m.Value)
		if !ok {
			text = string(m.Value)
		}
		switch m.Name {
		case "privateKey":
			key = text
		case "passphrase":
			passphrase = text
		case "keyId":
			keyID = text
		}
	}
	parsed, err := assertion.ParseKey(key, passphrase, keyID)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := assertion.Sign(
		signing["alg"].(string), parsed, []byte(signing["data"].(string)),
	)
	if err != nil {
		t.Fatal(err)
	}
	return appendField(nil, kindArgument, "signature", string(signature))
}

// signFor signs for a module that leaves that to its host.
func signFor(t testing.TB, message, pkcs8 []byte) (result, failure map[string]any) {
	var in input
	if !in.read(message) {
		t.Fatal("the message can't be read")
	}
	key, err := assertion.ParseKey(string(pkcs8), "", in.text("keyId"))
	if err != nil {
		t.Fatal("what the module answers is no key: ", err)
	}
	signature, err := assertion.Sign(in.text("alg"), key, in.bytes("data"))
	if err != nil {
		return reply(t, appendError(nil, core.KeyError(err.Error())))
	}
	return map[string]any{"signature": string(signature)}, nil
}

// renew takes a renewal through its steps and returns what it said to do, in the form of want.
func (v *vector) renew(t *testing.T, call func(int, []byte) []byte) (actions []any) {
	always := configMessage(t, v.Config)
	var options []byte
	for name, value := range v.Limits {
		text := fmt.Sprint(value)
		if n, ok := value.(float64); ok {
			text = strconv.FormatFloat(n, 'f', -1, 64)
		}
		if name == "timeout" || name == "maxBody" {
			options = appendField(options, 'j', name, text)
		} else {
			always = appendField(always, kindArgument, name, text)
		}
	}
	r := &stepper{t: t, call: call, always: appendField(always, kindOptions, "", string(options))}
	for _, s := range v.Steps {
		got, failure := r.next(s.Now, s.Random, s.fields(t))
		actions = append(actions, actionOf(t, got, failure))
	}
	return actions
}

// A stepper takes a renewal through its steps, as js/token/renew.js does.
type stepper struct {
	t      testing.TB
	call   func(int, []byte) []byte
	always []byte
	state  string
}

// nothingSpread are the random bytes that spread waits and margins: by the half of what they may.
const nothingSpread = "0000008080"

// noSignature is 64 bytes that sign nothing, for a test of what follows.
var noSignature = base64.RawURLEncoding.EncodeToString(make([]byte, 64))

func (r *stepper) next(now int64, random string, told []byte) (got, failure map[string]any) {
	message := appendField(
		r.always[:len(r.always):len(r.always)],
		kindArgument,
		"now",
		strconv.FormatInt(now, 10),
	)
	message = appendField(message, kindArgument, "random", string(unhex(r.t, random)))
	if r.state != "" {
		message = appendField(message, kindArgument, "state", r.state)
	}
	got, failure = reply(r.t, r.call(opNext, append(message, told...)))
	r.state, _ = got["state"].(string)
	return got, failure
}

// fields are what a step tells, as the operation next takes it.
func (s *step) fields(t testing.TB) (fields []byte) {
	switch {
	case s.Signature != "":
		signature, err := base64.RawURLEncoding.DecodeString(s.Signature)
		if err != nil {
			t.Fatal(err)
		}
		return appendField(nil, kindArgument, "signature", string(signature))
	case s.Text != "":
		return appendField(nil, kindArgument, "text", s.Text)
	case s.Failure != "":
		fields = appendField(nil, kindArgument, "failure", s.Failure)
		return appendField(fields, kindArgument, "detail", s.Detail)
	case s.Outcome != nil:
		return s.Outcome.fields(t)
	}
	return nil
}

func (o *outcome) fields(t testing.TB) (fields []byte) {
	if o.Failure != "" {
		fields = appendField(fields, kindArgument, "failure", o.Failure)
		fields = appendField(fields, kindArgument, "detail", o.Detail)
	}
	fields = appendField(fields, kindArgument, "status", strconv.Itoa(o.Status))
	for name, value := range o.Headers {
		fields = appendField(fields, kindHeader, name, value)
	}
	body := o.Body
	if o.BodyHex != "" {
		body = string(unhex(t, o.BodyHex))
	}
	return appendField(fields, kindArgument, "body", body)
}

// signedAt is where OAuth 1.0 says when it signed.
var signedAt = regexp.MustCompile(`oauth_timestamp="(\d+)"`)

// actionOf brings an answer of the operation next into the form of want.
func actionOf(t testing.TB, got, failure map[string]any) map[string]any {
	t.Helper()
	action := map[string]any{}
	take := func(names ...string) {
		for _, name := range names {
			n, err := strconv.ParseFloat(got[name].(string), 64)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			action[name] = n
		}
	}
	action["do"] = got["do"]
	take("ahead")
	if grant, given := got["grant"]; given {
		action["grant"] = grant
	} else if failure != nil && failure["grant"] != nil {
		action["grant"] = failure["grant"]
	}
	if metadata, given := got["metadata"]; given {
		action["metadata"] = metadata
	} else if failure != nil && failure["metadata"] != nil {
		action["metadata"] = failure["metadata"]
	}
	switch got["do"] {
	case "get":
		action["field"], action["audience"] = got["field"], got["audience"]
		if got["file"] != nil {
			action["file"] = got["file"]
		}
		take("timeout")
	case "sign":
		action["alg"] = got["alg"]
		take("timeout")
	case "send":
		take("attempt", "timeout", "maxBody")
		if action["attempt"] == 0.0 || action["metadata"] != nil {
			action["url"] = got["url"]
		}
		for _, header := range got["headers"].([]any) {
			if found := signedAt.FindStringSubmatch(header.([]any)[1].(string)); found != nil {
				action["signedAt"], _ = strconv.ParseFloat(found[1], 64)
			}
		}
	case "keep":
		var token map[string]any
		if err := json.Unmarshal([]byte(got["token"].(string)), &token); err != nil {
			t.Fatal(err)
		}
		action["token"] = token
		take("until", "margin", "renew")
	case "wait":
		take("attempt", "wait")
	case "fail":
		take("hold")
	}
	if failure != nil {
		named := map[string]any{"code": failure["code"]}
		if failure["status"] != nil {
			named["status"] = failure["status"]
		}
		action["error"] = named
	}
	return action
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func members(t testing.TB, text []byte) jsonobject.Object {
	t.Helper()
	object, err := jsonobject.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return object
}

// configMessage does what js/module/wire.js does with a configuration.
func configMessage(t testing.TB, config []byte) []byte {
	var message []byte
	for _, m := range members(t, config) {
		if text, ok := jsonobject.Text(m.Value); ok {
			message = appendField(message, 's', m.Name, text)
		} else {
			message = appendField(message, 'j', m.Name, string(jsonobject.Compact(m.Value)))
		}
	}
	return appendField(nil, kindConfig, "", string(message))
}

// answer sorts an answer into a result or an error.
func reply(t testing.TB, message []byte) (result, failure map[string]any) {
	result, failure = map[string]any{}, map[string]any{}
	var headers []any
	for len(message) > 0 {
		f, rest, ok := next(message)
		if !ok {
			t.Fatal("the answer is cut off")
		}
		message = rest
		switch f.kind {
		case kindHeader:
			headers = append(headers, []any{string(f.name), string(f.value)})
		case kindError:
			failure[string(f.name)] = string(f.value)
		default:
			result[string(f.name)] = string(f.value)
		}
	}
	if headers != nil {
		result["headers"] = headers
	}
	for _, values := range []map[string]any{result, failure} {
		for _, name := range []string{"status", "retryAfter", "clockOffset"} {
			if text, ok := values[name].(string); ok {
				n, err := strconv.ParseFloat(text, 64)
				if err != nil {
					t.Fatal(err)
				}
				values[name] = n
			}
		}
	}
	if failure["code"] == nil {
		return result, nil
	}
	failure["retryable"] = failure["retryable"] == "true"
	return result, failure
}

func checkError(t *testing.T, want, got map[string]any) {
	t.Helper()
	names := make([]string, 0, len(want))
	for name := range want {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		switch name {
		case "code",
			"status",
			"error",
			"errorDescription",
			"providerCode",
			"retryable",
			"retryAfter",
			"requestId",
			"clockOffset",
			"timeEndpoint":
			if got[name] != want[name] {
				t.Errorf("%s is %v, want %v (%v)", name, got[name], want[name], got["message"])
			}
		case "mentions", "hints":
			member := map[string]string{"mentions": "message", "hints": "hint"}[name]
			texts, _ := want[name].([]any)
			if texts == nil && got[member] != nil {
				t.Errorf("there is a %s: %v", member, got[member])
			}
			for _, text := range texts {
				if !strings.Contains(fmt.Sprint(got[member]), text.(string)) {
					t.Errorf("the %s doesn't mention %q: %v", member, text, got[member])
				}
			}
		default:
			t.Fatalf("unknown key wantError.%s", name)
		}
	}
}

func TestVectors(t *testing.T) {
	runVectors(t, "native Go", func(op int, message []byte) []byte {
		return perform(nil, op, message)
	})
}
