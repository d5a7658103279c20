package fit

import (
	"slices"
	"strconv"
	"strings"

	"github.com/streamgauge/streamgauge/generators/sample"
)

// mostDigits is the most digits of a number within a text: a double tells as many apart.
const mostDigits = 15

// parted takes texts apart that have more different ones than a table holds, such as a counter with a filling behind it: their numbers
// and what stands between these become fields of their own. It gives the slots in their places.
func (f *fitter) parted(texts []int) map[int]string {
	found := map[int]string{}
	for _, field := range texts {
		if f.mixed[field] || !f.words(field) || f.few(func(m int) string { return f.Messages[m].Texts[field] }) {
			continue
		}
		columns := f.pieces(field)
		if columns == nil {
			continue
		}
		var slots strings.Builder
		for i, column := range columns {
			if !slices.ContainsFunc(column, func(t string) bool { return t != column[0] }) {
				slots.WriteString(column[0])
				continue
			}
			name := f.Fields[field] + "." + strconv.Itoa(i+1)
			f.varying = append(f.varying, f.add(name, column))
			slots.WriteString("${" + name + "}")
		}
		found[field] = slots.String()
	}
	return found
}

// few tells whether no source has more different texts than a table holds.
func (f *fitter) few(text func(message int) string) bool {
	for _, src := range f.sources {
		different := map[string]bool{}
		for _, m := range src.at {
			different[text(m)] = true
		}
		if len(different) > f.steps {
			return false
		}
	}
	return true
}

// pieces gives the parts of a field's texts, by part and message; nil if not all have as many, or if parts that are no numbers are more
// than a table holds.
func (f *fitter) pieces(field int) [][]string {
	var columns [][]string
	for m := range f.Messages {
		all := digitsApart(f.Messages[m].Texts[field])
		if columns == nil {
			columns = make([][]string, len(all))
		}
		if len(all) != len(columns) || len(all) < 2 {
			return nil
		}
		for i, text := range all {
			columns[i] = append(columns[i], text)
		}
	}
	for _, column := range columns {
		if slices.ContainsFunc(column, func(t string) bool { return !plainNumber(t) }) && !f.few(func(m int) string { return column[m] }) {
			return nil
		}
	}
	return columns
}

// digitsApart parts a text before and behind each row of digits.
func digitsApart(text string) []string {
	var all []string
	for from, i := 0, 1; i <= len(text); i++ {
		if i == len(text) || digit(text[i]) != digit(text[i-1]) {
			all = append(all, text[from:i])
			from = i
		}
	}
	return all
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// plainNumber tells whether a text is a number that is written as any other of as much: without zeros before it.
func plainNumber(text string) bool {
	return digit(text[0]) && len(text) <= mostDigits && (text[0] != '0' || text == "0")
}

// add makes a field of texts, one of each message, and gives its index.
func (f *fitter) add(name string, texts []string) int {
	f.Fields = append(slices.Clip(f.Fields), name)
	for i := range f.Messages {
		m := &f.Messages[i]
		m.Texts = append(slices.Clip(m.Texts), texts[i])
		m.Values = append(slices.Clip(m.Values), sample.Number(texts[i]))
	}
	return len(f.Fields) - 1
}
