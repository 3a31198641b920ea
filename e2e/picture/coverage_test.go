package picture

import (
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	uv "github.com/charmbracelet/ultraviolet"
)

// TestFontHasWhatTheProgramDraws looks into dogwatch's source for characters beyond ASCII that could be drawn.
func TestFontHasWhatTheProgramDraws(t *testing.T) {
	p, drawn := painter(t), map[rune]string{}
	root := filepath.Join("..", "..")
	for _, folder := range []string{"cli", "cluster", "command", "informers", "keymap", "logbuffer", "model", "replay", "ui", "workspace"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			return literals(path, func(r rune) { drawn[r] = path })
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(drawn) < 20 {
		t.Errorf("only %d characters were found: was the source read?", len(drawn))
	}
	for r, path := range drawn {
		if !p.knows(r) && !excused(r) {
			t.Errorf("no glyph for %q (%U) of %s", r, r, path)
		}
	}
}

// excused are the characters that stand in the source only to be compared with, and the pictures of control characters,
// which only a hostile cluster brings to the screen. [Painter.Missing] finds them should a picture ever have them.
func excused(r rune) bool {
	return r >= 0x1f3fb && r <= 0x1f3ff || r >= 0x2400 && r <= 0x2426
}

// literals reports the visible characters beyond ASCII in the strings and characters of a Go file.
func literals(path string, found func(rune)) error {
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	files := token.NewFileSet()
	var s scanner.Scanner
	s.Init(files.AddFile(path, -1, len(source)), source, nil, 0)
	for {
		_, kind, literal := s.Scan()
		switch kind {
		case token.EOF:
			return nil
		case token.STRING:
			literal, err = strconv.Unquote(literal)
		case token.CHAR:
			var r rune
			r, _, _, err = strconv.UnquoteChar(literal[1:], '\'')
			literal = string(r)
		default:
			continue
		}
		if err != nil {
			return err
		}
		for _, r := range literal {
			if r > 0x7f && strconv.IsPrint(r) {
				found(r)
			}
		}
	}
}

func TestMissingGlyphsAreNamed(t *testing.T) {
	p := painter(t)
	cells := rows(uv.Style{}, "ok 犬 ● ─ 犬")
	if got := string(p.Missing(cells)); got != "犬" {
		t.Errorf("missing is %q", got)
	}
}
