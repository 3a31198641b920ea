package golden

import "testing"

func TestShowStylesMakesSequencesReadable(t *testing.T) {
	if got, want := showStyles("a\x1b[1;31mb\x1b[mc"), "a⟨1;31⟩b⟨⟩c"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
