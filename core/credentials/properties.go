package credentials

import (
	"strings"
	"unicode/utf16"
)

// properties reads the format of java.util.Properties.load: lines with a name and a value,
// separated by "=", ":" or blanks; comments that begin with "#" or "!"; and "\\" before a literal
// character or at the end of a line that continues.
func properties(text string) map[string]string {
	values := map[string]string{}
	lines := strings.FieldsFunc(text, func(c rune) bool { return c == '\n' || c == '\r' })
	for len(lines) > 0 {
		line := strings.TrimLeft(lines[0], " \t\f")
		lines = lines[1:]
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		if goesOn(line) && len(lines) > 0 {
			line, lines = joined(line, lines)
		}
		end := 0
		for end < len(line) && !strings.ContainsRune("=: \t\f", rune(line[end])) {
			if line[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end, len(line))
		value := strings.TrimLeft(line[end:], " \t\f")
		if value != "" && (value[0] == '=' || value[0] == ':') {
			value = strings.TrimLeft(value[1:], " \t\f")
		}
		values[unescape(line[:end])] = unescape(value)
	}
	return values
}

// joined joins a line with its continuation lines, and returns it and the remaining lines. It
// copies each line once.
func joined(line string, lines []string) (string, []string) {
	var whole strings.Builder
	for goesOn(line) && len(lines) > 0 {
		whole.WriteString(line[:len(line)-1])
		line, lines = strings.TrimLeft(lines[0], " \t\f"), lines[1:]
	}
	whole.WriteString(line)
	return whole.String(), lines
}

// goesOn says whether a line ends in an odd number of backslashes.
func goesOn(line string) bool {
	return (len(line)-len(strings.TrimRight(line, `\`)))%2 == 1
}

// unescape undoes the escapes of java.util.Properties.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var units []uint16
	var out strings.Builder
	flush := func() {
		out.WriteString(string(utf16.Decode(units)))
		units = units[:0]
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			flush()
			out.WriteByte(s[i])
			continue
		}
		i++
		if s[i] == 'u' && i+4 < len(s) {
			if unit, ok := hex4(s[i+1 : i+5]); ok {
				units = append(units, unit) // two of them may form one character
				i += 4
				continue
			}
		}
		flush()
		switch s[i] {
		case 't':
			out.WriteByte('\t')
		case 'n':
			out.WriteByte('\n')
		case 'r':
			out.WriteByte('\r')
		case 'f':
			out.WriteByte('\f')
		default:
			out.WriteByte(s[i])
		}
	}
	flush()
	return out.String()
}

func hex4(s string) (n uint16, ok bool) {
	for i := range 4 {
		digit := strings.IndexByte("00112233445566778899aAbBcCdDeEfF", s[i]) >> 1
		if digit < 0 {
			return 0, false
		}
		n = n<<4 | uint16(digit)
	}
	return n, true
}
