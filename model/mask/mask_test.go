package mask

import (
	"testing"

	"sigs.k8s.io/yaml"
)

func TestMasksAreRead(t *testing.T) {
	for _, text := range []string{
		"•••• (6 bytes, mark 12g4)", "•••• (6 bytes, mark 123)", "•••• (6 bytes, mark 12345)", "•••• (6 bytes, mark 12AB)", "•••• (06 bytes)", "•••• (6 bytes) ",
		"•••• (-1 bytes)x", "6 bytes)", "",
	} {
		if size, mark, ok := Parse(text); ok {
			t.Errorf("%q is taken for a mask of %d bytes with the mark %q", text, size, mark)
		}
	}
	for _, c := range []struct {
		text string
		size int
		mark string
	}{{Of(0), 0, ""}, {Of(6), 6, ""}, {Marked(6, "12ab"), 6, "12ab"}} {
		if size, mark, ok := Parse(c.text); !ok || size != c.size || mark != c.mark {
			t.Errorf("%q is read as %d, %q, %v", c.text, size, mark, ok)
		}
		if MayBeMarked([]byte(`{"a":"`+c.text+`"}`)) != (c.mark != "") {
			t.Errorf("whether there may be a mark in %q is told wrongly", c.text)
		}
	}
}

// Masks stand in YAML without quotes, which would seem to be theirs.
func TestMasksNeedNoQuotes(t *testing.T) {
	for _, mask := range []string{Of(12), Marked(12, "9f3a")} {
		text, err := yaml.Marshal(map[string]string{"password": mask})
		if err != nil || string(text) != "password: "+mask+"\n" {
			t.Errorf("%s is written as %q, %v", mask, text, err)
		}
	}
}
