package yamldoc

import (
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v2"
)

// inline writes s on one line: plain where it reads back as the same text, in
// quotes else.
func inline(s string) string {
	switch {
	case s == "":
		return `""`
	case isSimple(s):
		return s
	case needsEscapes(s):
		return strconv.Quote(s)
	case !mayBePlain(s):
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	case readsAsOther(s):
		return `"` + s + `"`
	default:
		return s
	}
}

// isSimple is the fast path for most strings of most objects.
func isSimple(s string) bool {
	if !isLetter(s[0]) || isReserved(s) {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case isLetter(c), isDigit(c), c == '-', c == '.', c == '/', c == '_':
		default:
			return false
		}
	}
	return true
}

// needsEscapes reports whether s holds what YAML cannot show as it is, or what
// it would take for a line's end.
func needsEscapes(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r == '\n' || r == '\t' || isSpecial(r) })
}

func isSpecial(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < ' ', 0x7f <= r && r < 0xa0: // controls
		return true
	case r == '\u2028' || r == '\u2029': // line ends in YAML 1.1
		return true
	default:
		return r == '\ufeff' || r == '\ufffe' || r == '\uffff'
	}
}

// mayBePlain reports whether s, unquoted, is one scalar to a YAML parser.
func mayBePlain(s string) bool {
	switch {
	case strings.IndexByte(",[]{}#&*!|>'\"%@` ", s[0]) >= 0, s[len(s)-1] == ' ':
		return false
	case strings.IndexByte("-?:", s[0]) >= 0 && (len(s) == 1 || s[1] == ' '):
		return false
	case strings.HasPrefix(s, "---"), strings.HasPrefix(s, "..."): // document marks
		return false
	}
	return !strings.Contains(s, ": ") && !strings.Contains(s, " #") && s[len(s)-1] != ':'
}

var (
	timestamp = regexp.MustCompile(`^\d{4}-\d{1,2}-\d{1,2}([Tt ]|$)`)
	base60    = regexp.MustCompile(`^[-+]?\d[\d_]*(:[0-5]?\d)+(\.[\d_]*)?$`)
)

// readsAsOther reports whether a YAML parser takes unquoted s for something
// else than this text: a number, a time, a truth value.
func readsAsOther(s string) bool {
	if s == "<<" || isDigit(s[0]) && timestamp.MatchString(s) {
		return true
	}
	if !mayBeTyped(s) {
		return false
	}
	if base60.MatchString(s) {
		return true
	}
	var v any
	err := yaml.Unmarshal([]byte(s), &v)
	text, isText := v.(string)
	return err != nil || !isText || text != s
}

// mayBeTyped sorts out most of what is text for sure, so that the parser need
// not be asked.
func mayBeTyped(s string) bool {
	switch c := s[0]; {
	case isLetter(c):
		return isReserved(s)
	case isDigit(c), c == '+', c == '-':
		return strings.Count(s, ".") < 2 && !strings.ContainsFunc(s[1:], isNoNumber)
	default:
		return c == '.' || c == '~' || c == '='
	}
}

// isReserved reports whether s is a word for a truth value or for nothing, in
// some spelling.
func isReserved(s string) bool {
	if len(s) > len("false") {
		return false
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return true
	}
	return false
}

// isNoNumber reports whether r is in no number of YAML's: 0x1F, 1_000, 1e-3,
// -.inf, 1:30.
func isNoNumber(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEFxXoO_.+-:inIN", r) }

// fitsBlock reports whether s is several lines that can stand as they are.
func fitsBlock(s string) bool {
	return strings.Contains(s, "\n") && strings.Trim(s, "\n \t") != "" &&
		!strings.ContainsFunc(s, isSpecial) && !strings.HasSuffix(s, " ") && !strings.HasSuffix(s, "\t")
}

// blockHeader says how the block's indentation and last line ends are to be
// read.
func blockHeader(s string) string {
	header := "|"
	if strings.IndexByte(" \t\n", s[0]) >= 0 {
		header += strconv.Itoa(indentStep)
	}
	switch {
	case !strings.HasSuffix(s, "\n"):
		return header + "-"
	case strings.HasSuffix(s, "\n\n"):
		return header + "+"
	default:
		return header
	}
}
