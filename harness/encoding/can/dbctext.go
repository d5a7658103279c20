package can

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/job"
)

// textOf is the text of a DBC file. One that is not UTF-8 has one byte a character, as the tools write it that most files come from;
// which ones those above 127 are does not matter, since they stand in units and comments only.
func textOf(f job.SchemaFile) string {
	if f.Data == nil {
		return f.Text
	}
	runes := make([]rune, len(f.Data))
	for i, c := range f.Data {
		runes[i] = rune(c)
	}
	return string(runes)
}

// passedOver are the statements that no signal needs. They end with a semicolon.
func passedOver() []string {
	return strings.Fields("BA_ BA_DEF_ BA_DEF_DEF_ BA_DEF_DEF_REL_ BA_DEF_REL_ BA_DEF_SGTYPE_ BA_REL_ BA_SGTYPE_ BO_TX_BU_ BU_BO_REL_ BU_EV_REL_ BU_SG_REL_ CAT_ " +
		"CAT_DEF_ CM_ ENVVAR_DATA_ EV_ EV_DATA_ FILTER SGTYPE_ SGTYPE_VAL_ SG_MUL_VAL_ SIGTYPE_VALTYPE_ SIG_GROUP_ SIG_TYPE_REF_ VAL_ VAL_TABLE_")
}

// lists are statements that no signal needs, either, and that go on in the indented lines behind.
func lists() []string { return []string{"NS_", "BS_", "BU_"} }

// both is a signal that is multiplexed and has others multiplexed by it, which the parser does not know.
var both = regexp.MustCompile(`^(\s*SG_\s+\w+\s+m[0-9]+)M(\s*:)`)

// readable empties the lines of a DBC file that no signal needs: the parser reads some of them in fewer forms than there are, and may
// lose the line behind a statement that it does not know. All lines keep their numbers. Errors: a statement or a text without an end.
func readable(text string) (string, error) {
	lines := strings.SplitAfter(text, "\n")
	passed := passedOver()
	var quoted, passing, listing bool
	began := 0 // line in which what is open began
	for i, line := range lines {
		if !quoted && !passing {
			word := firstWord(line)
			listing = slices.Contains(lists(), word) || listing && (word == "" || word != "BO_" && strings.ContainsAny(line[:1], " \t"))
			passing, began = !listing && slices.Contains(passed, word), i+1
		}
		if lines[i] = both.ReplaceAllString(line, "$1$2"); passing || listing {
			lines[i] = "\n"
		}
		var ended bool
		quoted, ended = scan(line, quoted)
		passing = passing && (quoted || !ended)
	}
	if quoted || passing {
		return "", fmt.Errorf("line %d: what begins here has no end", began)
	}
	return strings.Join(lines, ""), nil
}

func firstWord(line string) string {
	line = strings.TrimLeft(line, " \t")
	if end := strings.IndexAny(line, " \t\r\n:"); end >= 0 {
		return line[:end]
	}
	return line
}

// scan goes through a line that begins inside a text or not, and tells whether its end does and whether a semicolon stood outside.
func scan(line string, quoted bool) (still, ended bool) {
	for i := range len(line) {
		switch {
		case line[i] == '"' && !(quoted && i > 0 && line[i-1] == '\\'):
			quoted = !quoted
		case line[i] == ';' && !quoted:
			ended = true
		}
	}
	return quoted, ended
}
