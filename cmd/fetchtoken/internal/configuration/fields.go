package configuration

import (
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// fields are the fields of a configuration, in the order in which they were set first. The members
// of response are fields of their own, such as response.token.
type fields struct {
	names  []string
	values map[string]core.Value
}

const ofResponse = "response."

// fieldsOf returns the fields of a configuration that was loaded from a file or the environment.
func fieldsOf(config *core.Config) *fields {
	f := &fields{}
	for name, value := range config.Fields() {
		switch name {
		case "response":
			members, _ := jsonobject.Parse([]byte(value.Text)) // core has written it
			for _, m := range members {
				f.setText(ofResponse+m.Name, members.Text(m.Name))
			}
		default:
			f.set(name, value)
		}
	}
	return f
}

func (f *fields) has(name string) bool {
	_, ok := f.values[name]
	return ok
}

// text returns the text of a field, or "".
func (f *fields) text(name string) string { return f.values[name].Text }

func (f *fields) set(name string, value core.Value) {
	if !slices.Contains(f.names, name) {
		f.names = append(f.names, name)
	}
	if f.values == nil {
		f.values = map[string]core.Value{}
	}
	f.values[name] = value
}

func (f *fields) setText(name, text string) {
	f.set(name, core.Value{Kind: core.KindText, Text: text})
}

// setContent sets a field to what is in a file: PEM and JWK are text, DER is not.
func (f *fields) setContent(name string, content []byte) {
	if text, ok := textOf(content); ok {
		f.setText(name, text)
		return
	}
	f.set(name, core.Value{Kind: core.KindBytes, Text: string(content)})
}

// setFile sets a field to the path of a file that is read before each request.
func (f *fields) setFile(name, path string) {
	object := jsonobject.Object{{Name: "file", Value: jsonobject.AppendText(nil, path)}}
	f.set(name, core.Value{Kind: core.KindJSON, Text: string(object.Append(nil))})
}

// setList sets a field to a list of texts, or to the only one.
func (f *fields) setList(name string, texts []string) {
	if len(texts) == 1 {
		f.setText(name, texts[0])
		return
	}
	f.set(name, core.Value{Kind: core.KindJSON, Text: string(list(texts))})
}

// list returns texts as a JSON array.
func list(texts []string) []byte {
	array := []byte{'['}
	for i, text := range texts {
		if i > 0 {
			array = append(array, ',')
		}
		array = jsonobject.AppendText(array, text)
	}
	return append(array, ']')
}

func (f *fields) drop(name string) { delete(f.values, name) }

// endpoint returns the field that decides where a request is sent, unless a provider does.
func (f *fields) endpoint() string {
	if f.has("tokenEndpoint") {
		return f.text("tokenEndpoint")
	}
	return f.text("issuer")
}

// config returns the configuration with these fields.
func (f *fields) config() (config core.Config, err error) {
	var response jsonobject.Object
	for _, name := range f.names {
		member, isMember := strings.CutPrefix(name, ofResponse)
		value, ok := f.values[name]
		switch {
		case !ok:
		case isMember:
			response = response.Set(member, jsonobject.AppendText(nil, value.Text))
		default:
			if err := config.Set(name, value); err != nil {
				return config, err
			}
		}
	}
	if response != nil {
		err = config.Set("response", core.Value{Kind: core.KindJSON, Text: string(response.Append(nil))})
	}
	return config, err
}
