package usage

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
)

// An Error is an error that the user of the command can mend. Its message contains no argument
// except the name of an option: any other argument may be a misplaced secret.
type Error struct{ Message, Hint string }

func (e *Error) Error() string { return e.Message }

// Values are the given options by their names, with their values. A switch has one, "".
type Values map[string][]string

// Has reports whether an option is given.
func (v Values) Has(name string) bool { return len(v[name]) > 0 }

// Get returns the value of an option, or "".
func (v Values) Get(name string) string {
	if len(v[name]) == 0 {
		return ""
	}
	return v[name][0]
}

// Arguments are a command line: the command, its positional arguments and its options, and the
// user's program behind --.
type Arguments struct {
	*Command
	Positionals []string
	Values      Values
	Program     []string
}

// Parse sorts a command line into options and names, as parseArgs of Node does.
func Parse(line []string) (*Arguments, error) {
	a := &Arguments{Command: &plain, Values: Values{}}
	first := 0
	if len(line) > 0 {
		if command := commandOf(line[0]); command != nil {
			a.Command, first = command, 1
		}
	}
	end := len(line)
	if at := slices.Index(line, "--"); a.Runs && at >= 0 {
		end, a.Program = at, line[at+1:]
	}
	if err := a.read(line[first:end], first); err != nil {
		return nil, err
	}
	if len(a.Positionals) > a.Command.Positionals {
		message := "there is more than one FILE"
		if a.Command.Positionals == 0 {
			message = "fetchtoken " + a.Name + " takes no FILE"
		}
		hint := MeantBy(a.Positionals[0])
		if hint == "" {
			hint = "quote a path with blanks; " + a.help() + " lists the options"
		}
		return nil, &Error{message, hint}
	}
	return a, a.checkTogether()
}

// help returns the line that prints the help of the command.
func (c *Command) help() string {
	if c.Name == "" {
		return "fetchtoken --help"
	}
	return "fetchtoken " + c.Name + " --help"
}

// A token is an option in the command line.
type token struct {
	name, raw       string // raw is its name as it is written
	position        int    // of the argument, from 1
	value           string
	hasValue, isOwn bool // isOwn: the value is an argument of its own
}

// read reads the arguments. before is the number of arguments before them.
func (a *Arguments) read(line []string, before int) error {
	for i := 0; i < len(line); i++ {
		argument := line[i]
		if argument == "--" {
			a.Positionals = append(a.Positionals, line[i+1:]...)
			return nil
		}
		if len(argument) < 2 || argument[0] != '-' {
			a.Positionals = append(a.Positionals, argument)
			continue
		}
		position := before + i + 1
		for _, t := range a.split(argument) {
			t.position = position
			option := a.option(t.name)
			if option != nil && option.Value != "" && !t.hasValue && i+1 < len(line) {
				i++
				t.value, t.hasValue, t.isOwn = line[i], true, true
			}
			if err := a.take(option, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// split returns the options of one argument: --name, --name=value, -n, -nvalue, or several letters.
func (a *Arguments) split(argument string) []token {
	if rest, isLong := strings.CutPrefix(argument, "--"); isLong {
		if at := strings.IndexByte(rest, '='); at > 0 {
			name := rest[:at]
			return []token{{name: name, raw: "--" + name, value: rest[at+1:], hasValue: true}}
		}
		return []token{{name: rest, raw: argument}}
	}
	var tokens []token
	letters := []rune(argument[1:])
	for i, letter := range letters {
		t := token{name: a.ofLetter(string(letter)), raw: "-" + string(letter)}
		option := a.option(t.name)
		if option != nil && option.Value != "" && i+1 < len(letters) {
			t.value, t.hasValue = string(letters[i+1:]), true
			return append(tokens, t)
		}
		tokens = append(tokens, t)
	}
	return tokens
}

// ofLetter returns the name of the option with that letter, or the letter.
func (c *Command) ofLetter(letter string) string {
	for _, option := range c.options() {
		if option.Short == letter {
			return option.Name
		}
	}
	return letter
}

// take checks an option and keeps it.
func (a *Arguments) take(option *Option, t token) error {
	if option == nil {
		return a.unknownOption(t.name, t.position)
	}
	isSwitch := option.Value == ""
	switch {
	case isSwitch && t.hasValue:
		return &Error{t.raw + " takes no value", a.help() + " tells more"}
	case !isSwitch && !t.hasValue:
		return &Error{t.raw + " wants a value", a.help() + " tells more"}
	case strings.HasPrefix(t.value, "-") && t.value != "-" && t.isOwn:
		written := t.raw
		if strings.HasPrefix(t.raw, "--") {
			written += "="
		}
		return &Error{t.raw + " wants a value", "a value that begins with - is written " + written + "-…"}
	case a.Values.Has(t.name) && !option.Multiple:
		return &Error{t.raw + " is given twice", ""}
	}
	a.Values[t.name] = append(a.Values[t.name], t.value)
	return nil
}

// excluding are pairs of options that exclude each other.
var excluding = [][2]string{
	{"cache", "no-retry"}, {"cache", "no-cache"}, {"format", "json"}, {"port", "redirect-uri"},
}

func (a *Arguments) checkTogether() error {
	v := a.Values
	showsRequest := v.Has("explain") || v.Has("curl")
	if v.Has("show-secrets") && !showsRequest {
		return &Error{"--show-secrets belongs to --explain or --curl", ""}
	}
	if v.Has("cache") && showsRequest {
		return &Error{"--cache is for tokens, and --explain and --curl ask for none", ""}
	}
	for _, pair := range excluding {
		if v.Has(pair[0]) && v.Has(pair[1]) {
			return &Error{
				fmt.Sprintf("--%s and --%s exclude each other", pair[0], pair[1]),
				"leave one of them out",
			}
		}
	}
	if v.Has("as") && a.Name == "" && v.Get("format") != "env" {
		return &Error{"--as belongs to --format env", ""}
	}
	return nil
}

// unknownOption doesn't repeat the name: in --client-secretVALUE it contains the secret.
func (c *Command) unknownOption(name string, position int) error {
	if strings.HasPrefix(simple(name), "clientsecret") {
		return &Error{
			"the client secret is not taken from the command line, which other users of the machine can " +
				"read and the shell writes down",
			HowToGiveASecret,
		}
	}
	message := fmt.Sprintf("argument %d is an unknown option", position)
	if near := c.nearest(name); near != "" {
		message += ": did you mean --" + near + "?"
	}
	return &Error{message, c.help() + " lists the options"}
}

func simple(name string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name))
}

// nearest returns the option whose name begins with or contains the given one, or else the nearest
// one, if it differs little.
func (c *Command) nearest(unknown string) string {
	name := simple(unknown)
	var known []string
	for _, option := range c.options() {
		plain := simple(option.Name)
		if len(name) >= 3 && strings.HasPrefix(plain, name) ||
			len(name) >= 4 && strings.Contains(plain, name) ||
			len(plain) >= 4 && strings.Contains(name, plain) {
			return option.Name
		}
		known = append(known, option.Name)
	}
	return closest(name, known)
}

// closest returns the known name that differs least, if it differs little.
func closest(name string, known []string) string {
	best, least := "", math.MaxInt
	for _, each := range known {
		if steps := core.Distance(name, simple(each)); steps < least {
			best, least = each, steps
		}
	}
	if least <= 2 && 2*least < len(name) {
		return best
	}
	return ""
}

// MeantBy says what the user meant by a word in the place of FILE, if it is the name of something
// else.
func MeantBy(word string) string {
	if line, ok := table.Words[word]; ok {
		return "did you mean " + line + "?"
	}
	var names []string
	for _, command := range table.Commands {
		names = append(names, command.Name)
	}
	if near := closest(word, names); near != "" {
		return "did you mean fetchtoken " + near + "?"
	}
	return ""
}

var decimal = regexp.MustCompile(`^\d{1,7}(\.\d{1,9})?$`)

// Timeout returns the time of --timeout, or 0 if it isn't given.
func (v Values) Timeout() (time.Duration, error) {
	if !v.Has("timeout") {
		return 0, nil
	}
	ms := 0.0
	if text := v.Get("timeout"); decimal.MatchString(text) {
		seconds, _ := strconv.ParseFloat(text, 64) // it can't fail
		ms = math.Floor(seconds*1000 + 0.5)
	}
	if ms < 1 || ms > math.MaxInt32 {
		return 0, &Error{"--timeout wants a number of seconds, from 0.001 to 2147483", ""}
	}
	return time.Duration(ms) * time.Millisecond, nil
}
