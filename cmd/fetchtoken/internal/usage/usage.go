// Package usage has the texts and the table of the command, and reads a command line. The command
// of the npm package reads the same texts and the same table (js/cli/texts.js).
package usage

import (
	"embed"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

//go:embed commands.json names.json help completion
var texts embed.FS

// An Option is an option of the command.
type Option struct {
	Name       string
	Value      string // the name of its value in the help; a switch has none
	Short      string // its letter, if it has one
	Field      string // the field of the configuration that it sets, or the member of one
	Source     string // the field whose file it names
	OptionOnly bool   // no variable sets that field
	Multiple   bool   // it may be given several times
	Help       string
}

// A group is a group of options that several commands take.
type group struct {
	Name    string
	Options []Option
}

// A Command is a command with a name, or the command without one.
type Command struct {
	Name        string
	Summary     string
	Options     []Option // its own
	Groups      []string // the shared groups that it takes
	Without     []string // the options of these that it doesn't take
	Positionals int      // the most positional arguments
	Runs        bool     // whether a program of the user's follows behind --
}

// table is the table of the words, the groups and the commands.
var table = read[struct {
	Words    map[string]string // what a word in the place of FILE may mean
	Groups   []group
	Commands []Command
}]("commands.json")

// plain is the command without a name.
var plain = Command{Groups: groupNames(), Positionals: 1}

func groupNames() (names []string) {
	for _, group := range table.Groups {
		names = append(names, group.Name)
	}
	return names
}

// read returns a table.
func read[T any](name string) (content T) {
	if err := json.Unmarshal([]byte(text(name)), &content); err != nil {
		panic(err)
	}
	return content
}

func text(name string) string {
	content, err := texts.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return string(content)
}

// commandOf returns a command. An unknown name is nil.
func commandOf(name string) *Command {
	for i := range table.Commands {
		if table.Commands[i].Name == name {
			return &table.Commands[i]
		}
	}
	return nil
}

// groups returns the options of a command in the groups and the order of the help.
func (c *Command) groups() (all []group) {
	if len(c.Options) > 0 {
		all = append(all, group{c.Name, c.Options})
	}
	for _, shared := range table.Groups {
		if !slices.Contains(c.Groups, shared.Name) {
			continue
		}
		own := group{Name: shared.Name}
		for _, option := range shared.Options {
			if !slices.Contains(c.Without, option.Name) {
				own.Options = append(own.Options, option)
			}
		}
		all = append(all, own)
	}
	return all
}

// options returns all options of a command.
func (c *Command) options() (all []Option) {
	for _, group := range c.groups() {
		all = append(all, group.Options...)
	}
	return all
}

// option returns the option of that name, or nil.
func (c *Command) option(name string) *Option {
	options := c.options()
	i := slices.IndexFunc(options, func(o Option) bool { return o.Name == name })
	if i < 0 {
		return nil
	}
	return &options[i]
}

// Options are all options of the command without a name.
var Options = plain.options()

// Variable returns the variable that sets the option's field, or "".
func (o Option) Variable() string {
	if o.Field == "" || o.OptionOnly {
		return ""
	}
	return variableOf(o.Field)
}

// SourceVariables returns the variable that names the file of the option's field, and the variable
// that holds its text.
func (o Option) SourceVariables() (file, text string) {
	text = variableOf(o.Source)
	return text + "_FILE", text
}

// variableOf returns the variable of a field: FETCHTOKEN_CLIENT_ID for clientId,
// FETCHTOKEN_RESPONSE_TOKEN for response.token.
func variableOf(field string) string {
	name := []byte("FETCHTOKEN_")
	for _, c := range []byte(field) {
		switch {
		case 'A' <= c && c <= 'Z':
			name = append(name, '_', c)
		case c == '.':
			name = append(name, '_')
		default:
			name = append(name, c-'a'+'A')
		}
	}
	return string(name)
}

// OfField returns the option that sets a field, or nil.
func OfField(field string) *Option {
	i := slices.IndexFunc(Options, func(o Option) bool { return o.Field == field })
	if i < 0 || field == "" {
		return nil
	}
	return &Options[i]
}

// OfSource returns the option that names the file of a field, or nil.
func OfSource(field string) *Option {
	i := slices.IndexFunc(Options, func(o Option) bool { return o.Source == field })
	if i < 0 || field == "" {
		return nil
	}
	return &Options[i]
}

// The variables that hold a secret. The help says when they are used.
const (
	Secret      = "FETCHTOKEN_CLIENT_SECRET"
	Key         = "FETCHTOKEN_PRIVATE_KEY"
	Passphrase  = "FETCHTOKEN_PASSPHRASE"
	Certificate = "FETCHTOKEN_CERTIFICATE" // no secret, but it belongs to the key
)

// SecretVariables are the variables that are used where the help says.
var SecretVariables = secretVariables()

func secretVariables() []string {
	names := []string{Secret, Key, Passphrase, Certificate}
	for _, option := range Options {
		if option.Source != "" {
			file, text := option.SourceVariables()
			names = append(names, file, text)
		}
	}
	return names
}

// HowToGiveASecret is the advice where a secret is missing.
const HowToGiveASecret = "give it by --client-secret-file PATH, by the environment variable " +
	Secret + ", or by standard input"

// Help returns the help of a command.
func (c *Command) Help() string {
	name := c.Name
	if name == "" {
		name = "fetchtoken"
	}
	groups := make([]string, 0, 5)
	for _, group := range c.groups() {
		text := strings.ToUpper(group.Name[:1]) + group.Name[1:] + "\n"
		for _, option := range group.Options {
			text += option.entry()
		}
		groups = append(groups, text)
	}
	commands := ""
	for _, command := range table.Commands {
		commands += "  " + padded(command.Name, 12) + command.Summary + "\n"
	}
	return strings.NewReplacer("{commands}\n", commands, "{options}\n", strings.Join(groups, "\n")).
		Replace(text("help/" + name + ".txt"))
}

// The width of the help, and that of an option and its value, in columns.
const (
	width = 100
	left  = 30
)

// entry returns the lines of an option in the help.
func (o Option) entry() string {
	name := "  "
	if o.Short != "" {
		name += "-" + o.Short + ", "
	}
	name += "--" + o.Name
	if o.Value != "" {
		name += " " + o.Value
	}
	margin := "\n" + strings.Repeat(" ", left)
	first := padded(name, left)
	if len(name) > left-2 {
		first = name + margin
	}
	return first + strings.Join(wrapped(o.Help, width-left), margin) + "\n"
}

func padded(text string, columns int) string {
	return text + strings.Repeat(" ", max(columns-utf8.RuneCountInString(text), 0))
}

// wrapped breaks a text into lines of at most that many columns.
func wrapped(text string, columns int) []string {
	lines := []string{""}
	for _, word := range strings.Split(text, " ") {
		last := &lines[len(lines)-1]
		switch {
		case utf8.RuneCountInString(*last)+utf8.RuneCountInString(word) >= columns:
			lines = append(lines, word)
		case *last == "":
			*last = word
		default:
			*last += " " + word
		}
	}
	return lines
}

// shells are the shells that have a completion.
var shells = []string{"bash", "zsh", "fish"}

// Completion returns the completion of the shell that the positional arguments name.
// js/build/completion.js has made it.
func Completion(positionals []string) (string, error) {
	shell := strings.Join(positionals, "")
	if !slices.Contains(shells, shell) {
		return "", &Error{Message: "completion wants one of " + strings.Join(shells, ", ")}
	}
	return text("completion/" + shell + ".txt"), nil
}
