package signal

import (
	"cmp"
	"strings"
)

// News are signals that opened and are to be told of: the worst, the newest of these, and how many there are. Infos are none, nor is what is muted or was
// there at the beginning. The zero value is none.
type News struct {
	Worst *Signal // nil where there are none
	Count int
}

// newsOf tells of one signal, if it is to be told of.
func newsOf(s *Signal) News {
	if s.Severity == Info {
		return News{}
	}
	return News{s, 1}
}

// Add adds others.
func (n *News) Add(others News) {
	n.Count += others.Count
	if n.Worst == nil || others.Worst != nil && others.Worst.goesBefore(n.Worst) {
		n.Worst = others.Worst
	}
}

// goesBefore tells which of two is told: the worse, else the newer.
func (s *Signal) goesBefore(other *Signal) bool {
	return cmp.Or(cmp.Compare(s.Severity.Rank(), other.Severity.Rank()), s.Opened.Compare(other.Opened), strings.Compare(s.Fingerprint, other.Fingerprint)) > 0
}
