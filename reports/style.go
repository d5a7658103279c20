package reports

// LineStyle is how a subject is drawn in every chart. Colours are told apart with any kind of colour vision (the set of
// Okabe and Ito, darkened where white paper needs it), and the dashes tell lines apart without any colour.
type LineStyle struct {
	Light string    // colour on white, #rrggbb
	Dark  string    // colour on black
	Dash  []float64 // lengths of strokes and gaps, in units of a line of width 2; none: solid
}

// Styles are those of subjects that are no floor, by index; they repeat after the last. It is a fresh slice.
func Styles() []LineStyle {
	return []LineStyle{
		{"#0072b2", "#56b4e9", nil},
		{"#c24e00", "#ff9a4d", []float64{8, 3}},
		{"#007f5c", "#2fd1a3", []float64{3, 3}},
		{"#a8487f", "#f0a3cf", []float64{10, 3, 3, 3}},
		{"#8a6100", "#e9c23c", []float64{14, 4}},
		{"#5b4bb5", "#b0a5ff", []float64{6, 3, 2, 3, 2, 3}},
		{"#b0203a", "#ff8a96", []float64{4, 2}},
		{"#23717d", "#6fd0de", []float64{12, 3, 2, 3}},
	}
}

// FloorStyle is that of the floor: grey, because it is a reference.
func FloorStyle() LineStyle { return LineStyle{"#6b7280", "#9aa3b2", []float64{2, 4}} }

// Style is the subject's.
func (s *Subject) Style() LineStyle {
	if s.Floor {
		return FloorStyle()
	}
	all := Styles()
	return all[s.Index%len(all)]
}

// Doubt is said in the legend of every chart whose lines show what no figure may be taken from: " (wrong)", " (invalid)".
func (s *Subject) Doubt() string {
	switch {
	case s.Status() == Wrong:
		return " (wrong)"
	case len(s.Counted()) == 0 && s.Status() != Unfinished:
		return " (invalid)"
	}
	return ""
}

// StageColours are those of the stages of a job, in order; they repeat after the last. They differ in lightness too. It is a fresh slice.
func StageColours() []string {
	return []string{"#0b3c5d", "#1d6996", "#38a6a5", "#73af48", "#c9a227", "#e17c05", "#94346e"}
}
