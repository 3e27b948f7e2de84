package core

import (
	"reflect"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

// If WithRefreshToken forgot a field of Exchange, the first renewal would lose it.
func TestWithRefreshTokenChangesTheGrantAlone(t *testing.T) {
	url, err := oauth1.ParseURL("https://as.example/token")
	if err != nil {
		t.Fatal(err)
	}
	x := &Exchange{}
	for v, i := reflect.ValueOf(x).Elem(), 0; i < v.NumField(); i++ {
		switch f := v.Field(i); {
		case !f.CanSet() || v.Type().Field(i).Name == "URL":
		case f.Kind() == reflect.String:
			f.SetString("text of " + v.Type().Field(i).Name)
		case f.Kind() == reflect.Bool:
			f.SetBool(true)
		case f.Kind() == reflect.Int:
			f.SetInt(7)
		case f.Kind() == reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		case f.Kind() == reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
		case f.Kind() == reflect.Struct:
			f.Field(0).SetString("text")
		}
	}
	x.URL = url
	x.Fields = []oauth1.Param{
		{Name: "grant_type", Value: "authorization_code"}, {Name: "code", Value: "the-code-1"},
		{
			Name:  "redirect_uri",
			Value: "https://app.example/",
		}, {Name: "code_verifier", Value: "verifier-1"},
		{Name: "scope", Value: "a b"},
	}
	y := x.WithRefreshToken("refresh-1")
	// RFC 6749 section 6: grant_type, refresh_token, and a scope that is no wider than before.
	want := []oauth1.Param{
		{Name: "grant_type", Value: "refresh_token"}, {Name: "scope", Value: "a b"},
		{Name: "refresh_token", Value: "refresh-1"},
	}
	if !reflect.DeepEqual(y.Fields, want) {
		t.Errorf("fields %v, want %v", y.Fields, want)
	}
	for v, w, i := reflect.ValueOf(x).Elem(), reflect.ValueOf(y).Elem(), 0; i < v.NumField(); i++ {
		name := v.Type().Field(i).Name
		if f := v.Field(i); f.CanSet() && name != "Fields" &&
			!reflect.DeepEqual(f.Interface(), w.Field(i).Interface()) {
			t.Errorf("%s is %v, want %v", name, w.Field(i), f)
		}
	}
}

func TestNoErrorShowsAReplacedGrant(t *testing.T) {
	url, err := oauth1.ParseURL("https://as.example/token")
	if err != nil {
		t.Fatal(err)
	}
	x := &Exchange{
		URL:        url,
		ClientAuth: None,
		ClientID:   "client",
		BodyFormat: BodyForm,
		Fields: []oauth1.Param{
			{Name: "grant_type", Value: "refresh_token"}, {Name: "refresh_token", Value: "Qx7Tn2vLk9Hd"},
		},
	}
	y := x.WithRefreshToken("Zp4Wm8rJc3Bf")
	shown := y.Secrets(0, make([]byte, RandomSize), nil).Fit("Zp4Wm8rJc3Bf follows Qx7Tn2vLk9Hd")
	if strings.Contains(shown, "Qx7Tn2") || strings.Contains(shown, "Zp4Wm8") {
		t.Errorf("%s", shown)
	}
}
