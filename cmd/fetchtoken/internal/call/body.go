package call

import (
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/cause"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/configuration"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
)

// bodyOptions are the values of -d, -F and --json, which exclude each other.
type bodyOptions struct{ data, form, json []string }

// any reports whether there is a body.
func (o bodyOptions) any() bool { return len(o.data)+len(o.form)+len(o.json) > 0 }

// pathOf returns the path that a value names, with - for standard input.
func pathOf(value string) (path string, isPath bool) {
	if value == "-" {
		return value, true
	}
	return strings.CutPrefix(value, "@")
}

// fieldOf takes NAME=VALUE apart.
func fieldOf(text string) (name, value string, err error) {
	name, value, found := strings.Cut(text, "=")
	if !found || name == "" {
		err = &usage.Error{Message: "--form wants NAME=VALUE or NAME=@PATH"}
	}
	return name, value, err
}

// inputs returns the files that the body is read from.
func (o bodyOptions) inputs() (inputs []configuration.Input, err error) {
	add := func(option, value string) {
		path, isPath := pathOf(value)
		if !isPath {
			return
		}
		if n := len(inputs); n > 0 {
			option += " (" + strconv.Itoa(n+1) + ")"
		}
		inputs = append(inputs, configuration.Input{Option: option, Path: path})
	}
	for _, value := range o.data {
		add("--data", value)
	}
	for _, text := range o.form {
		_, value, err := fieldOf(text)
		if err != nil {
			return nil, err
		}
		add("--form", value)
	}
	for _, value := range o.json {
		add("--json", value)
	}
	return inputs, nil
}

// A body is the body of a request, and the headers that go with it unless the user sets them.
type body struct {
	headers map[string]string
	content *content  // nil if there is none
	stream  io.Reader // a body that can't be read again; nil if there is none
}

// give gives the body to a request. A content can be sent again after a 401, however long it is; a
// stream can only if it is short.
func (b *body) give(req *http.Request) {
	switch {
	case b.stream != nil:
		req.Body, req.ContentLength = io.NopCloser(b.stream), -1
	case b.content == nil:
	case b.content.size == 0:
		req.Body = http.NoBody
	default:
		req.ContentLength, req.GetBody = b.content.size, b.content.open
		req.Body = &sequence{rest: []*content{b.content}}
	}
}

// open makes the body.
func (o bodyOptions) open(in io.Reader) (body, error) {
	var given []string
	for _, option := range []struct {
		name   string
		values []string
	}{{"data", o.data}, {"form", o.form}, {"json", o.json}} {
		if len(option.values) > 0 {
			given = append(given, option.name)
		}
	}
	switch {
	case len(given) > 1:
		return body{}, &usage.Error{
			Message: "--" + strings.Join(given, " and --") + " exclude each other",
			Hint:    "leave one of them out",
		}
	case len(o.form) > 0:
		return formOf(o.form, in)
	case len(o.json) > 0:
		headers := map[string]string{"Content-Type": "application/json", "Accept": "application/json"}
		return contentOf(o.json[0], "--json", in, headers)
	case len(o.data) == 0:
		return body{}, nil
	}
	headers := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	if len(o.data) == 1 {
		return contentOf(o.data[0], "--data", in, headers)
	}
	for _, value := range o.data {
		if _, isPath := pathOf(value); isPath {
			return body{}, &usage.Error{
				Message: "--data that reads a file is the whole body",
				Hint:    "give one --data",
			}
		}
	}
	return body{headers: headers, content: textContent(strings.Join(o.data, "&"))}, nil
}

// contentOf returns the body that a value holds or names.
func contentOf(
	value, option string, in io.Reader, headers map[string]string,
) (b body, err error) {
	path, isPath := pathOf(value)
	switch {
	case !isPath:
		return body{headers: headers, content: textContent(value)}, nil
	case path == "-":
		return body{headers: headers, stream: in}, nil
	}
	b.headers = headers
	b.content, b.stream, err = fileContent(path, option)
	return b, err
}

// fileContent opens a file that the command line names: a regular one can be read again.
func fileContent(path, option string) (*content, io.Reader, error) {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		err = syscall.EISDIR
	}
	if err == nil {
		var file *os.File
		if file, err = os.Open(path); err == nil && !info.Mode().IsRegular() {
			return nil, file, nil
		}
		file.Close()
	}
	if err != nil {
		return nil, nil, unreadable(option, err)
	}
	open := func() (io.ReadCloser, error) { return os.Open(path) }
	return &content{info.Size(), open}, nil, nil
}

func unreadable(option string, err error) error {
	return &usage.Error{Message: "the file of " + option + " can't be read: " + cause.Of(err)}
}

// inFormData escapes a name in a header of a part, as HTML's multipart/form-data does.
var inFormData = strings.NewReplacer("\r\n", "%0D%0A", "\r", "%0D%0A", "\n", "%0D%0A", `"`, "%22")

// inField gives a text the line breaks of HTML's multipart/form-data.
var inField = strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n")

// formOf makes a multipart form.
func formOf(fields []string, in io.Reader) (body, error) {
	var text strings.Builder // between two files
	var parts []*content
	form := multipart.NewWriter(&text)
	for _, field := range fields {
		name, value, err := fieldOf(field)
		if err != nil {
			return body{}, err
		}
		header := textproto.MIMEHeader{}
		disposition := `form-data; name="` + inFormData.Replace(name) + `"`
		path, isPath := pathOf(value)
		if !isPath {
			header.Set("Content-Disposition", disposition)
			form.CreatePart(header) // a Builder takes everything
			inField.WriteString(&text, value)
			continue
		}
		file, filename, err := formFile(path, in)
		if err != nil {
			return body{}, err
		}
		header.Set("Content-Disposition", disposition+`; filename="`+inFormData.Replace(filename)+`"`)
		header.Set("Content-Type", "application/octet-stream")
		form.CreatePart(header)
		parts = append(parts, textContent(text.String()), file)
		text.Reset()
	}
	form.Close()
	parts = append(parts, textContent(text.String()))
	return body{
		headers: map[string]string{"Content-Type": form.FormDataContentType()},
		content: joined(parts),
	}, nil
}

// formFile returns the content and the name of a file in a form.
func formFile(path string, in io.Reader) (*content, string, error) {
	name := filepath.Base(path)
	var file *content
	stream, err := in, error(nil)
	if path == "-" {
		name = "stdin"
	} else if file, stream, err = fileContent(path, "--form"); err != nil || file != nil {
		return file, name, err
	}
	bytes, err := io.ReadAll(stream)
	if err != nil {
		return nil, "", unreadable("--form", err)
	}
	return textContent(string(bytes)), name, nil
}
