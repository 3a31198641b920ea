package screen

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"testing"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
)

// pieces are what a terminal gives at a time: of each length, and what is left then.
func pieces(stream, lengths []byte) [][]byte {
	var cut [][]byte
	for _, n := range lengths {
		n := min(int(n), len(stream))
		if n > 0 {
			cut = append(cut, bytes.Clone(stream[:n]))
		}
		stream = stream[n:]
	}
	if len(stream) > 0 {
		cut = append(cut, bytes.Clone(stream))
	}
	return cut
}

// listened are the pieces as Bubble Tea gets them of a terminal that was asked just before, and whether its answer was heard.
func listened(t *testing.T, cut [][]byte) (rest [][]byte, heard bool) {
	t.Helper()
	p := asked(t)
	for _, piece := range cut {
		if left := p.hear(bytes.Clone(piece)); len(left) > 0 {
			rest = append(rest, left)
		}
	}
	return rest, p.asked.IsZero()
}

var anyAnswer = regexp.MustCompile(`\x1b\[\?[0-9;]*c`)

// FuzzHear reads any bytes of a terminal in any pieces: each of them goes on once, but for those of the first answer, which is heard.
func FuzzHear(f *testing.F) {
	for _, stream := range []string{"", "keys", "\x1b[?62c", "a\x1b[?1;2cb\x1b[?6c", "\x1b[\x1b[?\x1b[?;c", "\x1b[?2026;2$y\x1b[?64;1;9c", "\x1b[?6\x1b[?6cc"} {
		f.Add([]byte(stream), []byte{})
		f.Add([]byte(stream), []byte{1, 2, 0, 3, 1, 1})
	}
	f.Fuzz(func(t *testing.T, stream, lengths []byte) {
		cut := pieces(stream, lengths)
		rest, heard := listened(t, cut)
		answer := anyAnswer.FindIndex(stream)
		if heard != (answer != nil) {
			t.Errorf("of %q in %q heard is %v", stream, cut, heard)
		}
		want, begin := bytes.Clone(stream), 0
		for _, piece := range cut {
			if end := begin + len(piece); answer != nil && begin <= answer[0] && answer[1] <= end {
				want = slices.Delete(want, answer[0], answer[1])
			}
			begin += len(piece)
		}
		if got := bytes.Join(rest, nil); !bytes.Equal(got, want) {
			t.Errorf("of %q in %q there is left %q, want %q", stream, cut, got, want)
		}
	})
}

// typedKeys are what a terminal sends for keys, the wheel and a paste. A lone escape is none of them: it is one with what follows.
func typedKeys() []string {
	return []string{
		"a", "q", "c", "0", ";", "?", "[", "é", "日", " ", "\r", "\t", "\x7f", "\x03", "\x1b[A", "\x1bOB", "\x1b[1;5C", "\x1b[3~", "\x1b[Z", "\x1bb",
		"\x1b[<64;10;5M", "\x1b[<0;80;24m", "\x1b[200~c;0\x1b[201~", "\x1b[97;5u", "\x1b[?2026;2$y", "\x1b[I",
	}
}

// bytesIn gives pieces one after another.
type bytesIn struct{ pieces [][]byte }

func (in *bytesIn) Read(b []byte) (int, error) {
	if len(in.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(b, in.pieces[0])
	if in.pieces[0] = in.pieces[0][n:]; len(in.pieces[0]) == 0 {
		in.pieces = in.pieces[1:]
	}
	return n, nil
}

// understood is what Bubble Tea makes of pieces.
func understood(t *testing.T, read [][]byte) []string {
	t.Helper()
	reader := uv.NewTerminalReader(&bytesIn{read}, "xterm-256color")
	reader.EscTimeout = time.Hour // however busy the machine is
	events := make(chan uv.Event)
	ended := make(chan error, 1)
	go func() {
		ended <- reader.StreamEvents(context.Background(), events)
		close(events)
	}()
	var all []string
	for event := range events {
		if _, ok := event.(uv.PrimaryDeviceAttributesEvent); !ok {
			all = append(all, fmt.Sprintf("%T %v", event, event))
		}
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return all
}

// FuzzAnswersAreNoKeys has a terminal answer between two keys, and everything come in any pieces: each key is understood once, as
// without the answer, and nothing else is.
func FuzzAnswersAreNoKeys(f *testing.F) {
	f.Add([]byte("some keys"), []byte("62"), byte(3), []byte{})
	f.Add([]byte{14, 14, 22, 0, 20}, []byte("1;2"), byte(2), []byte{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1})
	f.Add([]byte{24, 23, 15}, []byte("64;1;2;6;9;15;18;21;22"), byte(0), []byte{2, 5, 9})
	f.Fuzz(func(t *testing.T, typed, numbers []byte, at byte, lengths []byte) {
		if len(typed) > 64 || len(numbers) > 64 {
			return // ends soon, and says no more
		}
		var stream []byte
		var alone []string
		for i, b := range append(typed, 0) {
			if i == min(int(at), len(typed)) {
				stream = append(stream, "\x1b[?"...)
				for _, n := range numbers {
					stream = append(stream, "0123456789;"[n%11])
				}
				stream = append(stream, 'c')
			}
			if i < len(typed) {
				keys := typedKeys()
				key := keys[int(b)%len(keys)]
				stream = append(stream, key...)
				alone = append(alone, understood(t, [][]byte{[]byte(key)})...)
			}
		}
		cut := pieces(stream, lengths)
		rest, heard := listened(t, cut)
		if !heard {
			t.Errorf("the answer in %q is not heard", cut)
		}
		if got := understood(t, rest); !slices.Equal(got, alone) {
			t.Errorf("%q is understood as\n%q, want\n%q", cut, got, alone)
		}
	})
}
