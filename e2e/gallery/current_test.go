package gallery

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	uv "github.com/charmbracelet/ultraviolet"

	"github.com/dogwatch/dogwatch/e2e/picture"
)

// folder is where the pictures are kept.
var folder = filepath.Join("..", "..", "screenshots")

// howTo is what to do about pictures that are not current.
const howTo = "if that is meant, make the pictures again with screenshots/make, and look at them"

func TestPicturesShowTheProgramAsItIs(t *testing.T) {
	script, err := ReadScript(filepath.Join(folder, "pictures.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range script.Pictures {
		p := &script.Pictures[i]
		for _, theme := range p.Themes {
			t.Run(p.File(theme), func(t *testing.T) {
				t.Parallel()
				compare(t, p, theme)
			})
		}
	}
}

// tries are how often a picture is taken until it is the one that is kept: what is marked as new is so for some seconds only, which may be over on
// a machine that is busy with other things.
const tries = 4

// compare takes a picture again and fails if it is not the one that is kept.
func compare(t *testing.T, p *Picture, theme string) {
	kept, err := read(filepath.Join(folder, p.File(theme)))
	if err != nil {
		t.Fatalf("%v\n%s", err, howTo)
	}
	camera := &Camera{Program: program, Lag: 5 * time.Second, Expect: func(shot int, cells [][]uv.Cell) bool {
		if shot >= len(kept) {
			return false
		}
		one := []Shot{{Cells: cells, Show: kept[shot].Show, Text: strings.Repeat("\n", p.Rows)}}
		frames, err := Develop(p, theme, one)
		return err == nil && difference(p, kept[shot:shot+1], frames, one) == ""
	}}
	for try := 1; ; try++ {
		shots, err := camera.Take(t.Context(), p, theme)
		if err != nil {
			t.Fatal(err)
		}
		frames, err := Develop(p, theme, shots)
		if err != nil {
			t.Fatal(err)
		}
		report := difference(p, kept, frames, shots)
		switch {
		case report == "":
			return
		case try == tries:
			t.Fatalf("%s is not what dogwatch shows: %s\n%s", p.File(theme), report, howTo)
		}
		t.Logf("try %d: %s", try, report)
	}
}

// difference says where what was taken differs first from what is kept; nothing if it does not.
func difference(p *Picture, kept []picture.Frame, frames []picture.Frame, shots []Shot) string {
	painter, err := picture.New(p.CellWidth)
	if err != nil {
		return err.Error()
	}
	for i := range min(len(kept), len(frames)) {
		column, row, differ := painter.DifferentCell(kept[i].Picture, frames[i].Picture, p.Columns, p.Rows)
		if differ {
			line := strings.Split(shots[i].Text, "\n")[row]
			return fmt.Sprintf("frame %d of %d differs first in row %d, column %d (counted from 1), where now is\n%s",
				i+1, len(kept), row+1, column+1, line)
		}
		if kept[i].Show != frames[i].Show {
			return fmt.Sprintf("frame %d is shown %v, not %v", i+1, frames[i].Show, kept[i].Show)
		}
	}
	if len(kept) != len(frames) {
		return fmt.Sprintf("it has %d frames, not %d", len(frames), len(kept))
	}
	return ""
}

// read returns the frames of a file, one for a still picture.
func read(path string) ([]picture.Frame, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(path, ".gif") {
		return picture.ReadGIF(bytes.NewReader(content))
	}
	decoded, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	indexed, ok := decoded.(*image.Paletted)
	if !ok {
		return nil, fmt.Errorf("%s has no palette: it was not made here", path)
	}
	return []picture.Frame{{Picture: indexed}}, nil
}

func TestScriptMakesWhatIsKept(t *testing.T) {
	script, err := ReadScript(filepath.Join(folder, "pictures.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var made, kept []string
	for _, p := range script.Pictures {
		for _, theme := range p.Themes {
			made = append(made, p.File(theme))
		}
	}
	for _, pattern := range []string{"*.png", "*.gif"} {
		paths, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			kept = append(kept, filepath.Base(path))
		}
	}
	slices.Sort(made)
	slices.Sort(kept)
	if !slices.Equal(made, kept) {
		t.Errorf("the script makes %q, and %s has %q", made, folder, kept)
	}
}

func TestAnimationIsSmallEnoughForAPage(t *testing.T) {
	const most = 1_500_000
	paths, err := filepath.Glob(filepath.Join(folder, "*.gif"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no animation (%v)", err)
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > most {
			t.Errorf("%s has %d bytes, more than %d", path, info.Size(), most)
		}
	}
}

func TestDifferenceNamesTheCell(t *testing.T) {
	p := &Picture{Name: "a", Columns: 30, Rows: 3, CellWidth: 17, Themes: []string{"dark"}}
	frames := func(text string) ([]Shot, []picture.Frame) {
		shots, err := take(t, "printf '"+text+"'; sleep 60", Step{Until: []string{"state"}})
		if err != nil {
			t.Fatal(err)
		}
		developed, err := Develop(p, "dark", shots)
		if err != nil {
			t.Fatal(err)
		}
		return shots, developed
	}
	_, before := frames(`pods\r\nstate ready`)
	shots, now := frames(`pods\r\nstate gone`)
	if report := difference(p, before, before, shots); report != "" {
		t.Errorf("the same picture differs: %s", report)
	}
	report := difference(p, before, now, shots)
	for _, want := range []string{"row 2, column 7", "state gone"} {
		if !strings.Contains(report, want) {
			t.Errorf("the report lacks %q: %s", want, report)
		}
	}
}
