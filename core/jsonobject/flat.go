package jsonobject

// flat reads a simple object, as most are: only ASCII, no nesting, no escapes, whole numbers. It
// gives up on every other text, valid or not, and Parse reads that.
func flat(text []byte) (Object, bool) {
	i := blank(text, 0)
	if i == len(text) || text[i] != '{' {
		return nil, false
	}
	names := string(text)
	object := make(Object, 0, 8)
	for {
		start := blank(text, i+1)
		end := plainString(text, start)
		if end < 0 {
			return nil, false
		}
		name := names[start+1 : end-1]
		if object.Get(name) != nil || len(object) == cap(object) {
			return nil, false
		}
		if i = blank(text, end); i == len(text) || text[i] != ':' {
			return nil, false
		}
		start = blank(text, i+1)
		if end = plainValue(text, start); end < 0 {
			return nil, false
		}
		object = append(object, Member{name, text[start:end:end]})
		if i = blank(text, end); i == len(text) || text[i] != ',' {
			break
		}
	}
	if i == len(text) || text[i] != '}' || blank(text, i+1) != len(text) {
		return nil, false
	}
	return object, true
}

// blank returns where the white space at i ends.
func blank(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t') {
		i++
	}
	return i
}

// plainString returns where the string at i ends, or -1.
func plainString(text []byte, i int) int {
	if i == len(text) || text[i] != '"' {
		return -1
	}
	for i++; i < len(text) && ' ' <= text[i] && text[i] <= '~' && text[i] != '\\'; i++ {
		if text[i] == '"' {
			return i + 1
		}
	}
	return -1
}

// plainValue returns where the value at i ends, or -1.
func plainValue(text []byte, i int) int {
	if i == len(text) {
		return -1
	}
	if text[i] == '"' {
		return plainString(text, i)
	}
	start := i
	for i < len(text) && !endsLiteral(text[i]) {
		i++
	}
	switch literal := text[start:i]; {
	case string(literal) == "true", string(literal) == "false", string(literal) == "null":
		return i
	case len(literal) == 0 || literal[0] == '0' && len(literal) > 1:
		return -1
	default:
		for _, c := range literal {
			if c < '0' || c > '9' {
				return -1
			}
		}
		return i
	}
}
