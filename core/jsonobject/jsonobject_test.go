package jsonobject_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

func TestParse(t *testing.T) {
	object, err := jsonobject.Parse([]byte(" \ufeff{}"))
	if err == nil {
		t.Errorf("a byte order mark behind a blank: %v", object)
	}
	object, err = jsonobject.Parse(
		[]byte("\ufeff{ \"a\" : [1, {\"b\":\"}\\\"\"}] , \"\\u0063\":1e3,\"d\" :null}\n"),
	)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range object {
		got = append(got, m.Name+"="+string(m.Value))
	}
	if want := []string{"a=[1, {\"b\":\"}\\\"\"}]", "c=1e3", "d=null"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	deep := strings.Repeat(
		`{"a":`,
		jsonobject.MaxDepth+1,
	) + "1" + strings.Repeat(
		"}",
		jsonobject.MaxDepth+1,
	)
	for text, want := range map[string]string{
		"":                       "is empty",
		" \r\n":                  "is empty",
		"<!doctype html>":        "HTML",
		"{":                      "cut off",
		`{"a":"b`:                "cut off",
		`{"a":1`:                 "cut off",
		`{"a":1,"a":2}`:          "twice",
		`{"a":1,"\u0061":2}`:     "twice",
		`{"a":{"b":1,"b":2}}`:    "twice",
		"[]":                     "not an object",
		`"text"`:                 "not an object",
		"null":                   "not an object",
		"{} {}":                  "more text",
		"{}x":                    "more text",
		`{"a":01}`:               "not JSON",
		`{'a':1}`:                "not JSON",
		`{"a":NaN}`:              "not JSON",
		`{"a":}`:                 "not JSON",
		`{"a":-}`:                "not JSON",
		`{"a":1,}`:               "not JSON",
		`{,"a":1}`:               "not JSON",
		`{"a":1 "b":2}`:          "not JSON",
		`{"a" 1}`:                "not JSON",
		`{"a":tru}`:              "not JSON",
		`{"a":1x}`:               "not JSON",
		"{\"a\":\"\n\"}":         "not JSON",
		"{\"a\":\"\x7f\",}":      "not JSON",
		`{"a":1,"b":1,"a":1}`:    "twice",
		`{"a":1}}`:               "more text",
		`{"a":"` + "\xff" + `"}`: "UTF-8",
		`{"a":"\ud800"}`:         "not JSON",
		deep:                     "too deeply",
	} {
		if _, err := jsonobject.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%.40q): %v, want %q", text, err, want)
		}
	}
}

// JSON.parse of Node 24 reads each of these and gives the same members; the last of one name
// counts.
func TestParseLoose(t *testing.T) {
	for text, want := range map[string][]string{
		`{"a":1,"b":2,"a":3}`:                    {"a=1", "b=2", "a=3"},
		`{"a":{"b":1,"b":2},"\u0061":[]}`:        {`a={"b":1,"b":2}`, "a=[]"},
		"{\"\xff\":\"\xe9\",\"c\":\"\xc0\xa2\"}": {"\ufffd=\"\ufffd\"", "c=\"\ufffd\ufffd\""},
		`{"a":"\ud83d","b":"\udc00x"}`:           {`a="\ud83d"`, `b="\udc00x"`},
	} {
		if object, err := jsonobject.Parse([]byte(text)); err == nil {
			t.Errorf("Parse(%q) is %v", text, object)
		}
		object, err := jsonobject.ParseLoose([]byte(text))
		var got []string
		for _, m := range object {
			got = append(got, m.Name+"="+string(m.Value))
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("ParseLoose(%q) is %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"", "<a>", "[]", "{", `{"a":1,}`, "{\"a\":\"\xc2\"",
		"\xff\xfe{\x00}\x00", "\x1f\x8b\x08"} {
		if object, err := jsonobject.ParseLoose([]byte(text)); err == nil {
			t.Errorf("ParseLoose(%q) is %v", text, object)
		}
	}
}

func TestHasLineBreak(t *testing.T) {
	for text, want := range map[string]bool{
		`"a"`: false, `"\\n"`: false, `"\t"`: false, `"\u0041"`: false,
		`"\n"`: true, `"\\\r"`: true, `{"a":["\u0000"]}`: true, `"\u000A"`: true, `"\u000d"`: true,
	} {
		if jsonobject.HasLineBreak([]byte(text)) != want {
			t.Errorf("HasLineBreak(%s) = %v", text, !want)
		}
	}
}

// The judge is encoding/json: what it reads as an object, Parse splits into the same members.
func FuzzParse(f *testing.F) {
	for _, text := range []string{`{}`, "{\"a\":\"b\" ,\n\"c\":0,\"d\":false}", `{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9}`, `{"a":1,"b":[{"c":"\"}"}, -0.5e+7 ],"d":"é\u20ac\ud83d\ude00"}`, `{"":{"":[[]]}}`, `{"a":"b"`, " {\n\t\"a\" : true }\r "} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		object, err := jsonobject.Parse(text)
		if err != nil {
			return
		}
		var want map[string]any
		if err := unmarshal(strings.TrimPrefix(string(text), "\ufeff"), &want); err != nil {
			t.Fatalf("encoding/json refuses %q: %v", text, err)
		}
		if len(object) != len(want) {
			t.Fatalf("%q has %d members, not %d", text, len(want), len(object))
		}
		for _, m := range object {
			for _, value := range []string{string(m.Value), string(jsonobject.Compact(m.Value))} {
				var got any
				if err := unmarshal(value, &got); err != nil || !reflect.DeepEqual(got, want[m.Name]) {
					t.Errorf("%q: %q is %q, want %v (%v)", text, m.Name, value, want[m.Name], err)
				}
			}
		}
		again, err := jsonobject.Parse(object.Append(nil))
		if err != nil || len(again) != len(object) {
			t.Errorf("%q: appended, it is %q: %v", text, object.Append(nil), err)
		}
	})
}

// unmarshal keeps the digits of numbers: no float64 holds 1e999.
func unmarshal(text string, into any) error {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// The judge is encoding/json again.
func FuzzElements(f *testing.F) {
	f.Add([]byte("[1" + strings.Repeat("0", 309) + "]"))
	f.Add([]byte(`[1,"a",[2,{}],{"b":[]} , null]`))
	f.Add([]byte("[ ]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		elements, err := jsonobject.Elements(text)
		if err != nil {
			return
		}
		var want []any
		if err := unmarshal(strings.TrimPrefix(string(text), "\ufeff"), &want); err != nil ||
			len(want) != len(elements) {
			t.Fatalf("%q has %d elements, not %d (%v)", text, len(want), len(elements), err)
		}
		for i, e := range elements {
			var got any
			if err := unmarshal(string(e), &got); err != nil || !reflect.DeepEqual(got, want[i]) {
				t.Errorf("%q: element %d is %q", text, i, e)
			}
		}
	})
}
