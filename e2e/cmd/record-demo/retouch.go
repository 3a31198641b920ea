package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/replay/excerpt"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// retouch makes the demo of what was recorded. It begins when the story did; the cluster looks as if it had been there
// for weeks, and as if kubelets had done what kwok did for them; and nothing of it names the machine that it ran on.
func retouch(ctx context.Context, raw, output string, began time.Time) error {
	recorded, err := recording.OpenPath(raw)
	if err != nil {
		return err
	}
	defer recorded.Close()
	story, err := cut(ctx, recorded, began)
	if err != nil {
		return err
	}
	disguise, err := newDisguise()
	if err != nil {
		return err
	}
	made, err := (&retoucher{disguise: disguise, ages: newAges(began), silent: map[recording.TypeName]bool{}}).copy(story)
	if err != nil {
		return fmt.Errorf("retouching the recording: %w", err)
	}
	if err := disguise.check(made); err != nil {
		return err
	}
	say("%s: %d bytes", output, len(made))
	return replaceFile(output, made)
}

// cut gives the recording from the moment on when the story began.
func cut(ctx context.Context, recorded *recording.Recording, began time.Time) (*recording.Recording, error) {
	var story bytes.Buffer
	writer, err := recording.NewWriter(&story)
	if err != nil {
		return nil, err
	}
	if err := excerpt.Cut(ctx, recorded, began, time.Now(), writer); err != nil {
		return nil, fmt.Errorf("cutting the story out of the recording: %w", err)
	}
	return recording.Open(bytes.NewReader(story.Bytes()), int64(story.Len()))
}

// replaceFile writes the file so that nobody sees half of it.
func replaceFile(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("writing the demo: %w", err)
	}
	partial := path + ".partial"
	if err := os.WriteFile(partial, content, 0o644); err != nil {
		return fmt.Errorf("writing the demo: %w", err)
	}
	return os.Rename(partial, path)
}

// retoucher copies a recording whose beginning is that of the story.
type retoucher struct {
	disguise *disguise
	ages     *ages
	silent   map[recording.TypeName]bool
}

func (r *retoucher) copy(story *recording.Recording) ([]byte, error) {
	var made bytes.Buffer
	out, err := recording.NewWriter(&made)
	if err != nil {
		return nil, err
	}
	end := time.Time{}
	for i, s := range story.Segments() {
		if err := out.Begin(s.Header); err != nil {
			return nil, err
		}
		err := s.Read(func(e *recording.Entry) error {
			end = e.At
			if e.Kind == recording.End || r.isSilence(e) {
				return nil
			}
			if i == 0 && e.Kind == recording.Present {
				if err := r.ages.learn(e); err != nil {
					return err
				}
			}
			return r.write(out, *e)
		})
		if err != nil {
			return nil, err
		}
	}
	err = out.Close(end)
	return made.Bytes(), err
}

// isSilence tells whether an entry says no more than that nothing was heard of a watch for a while, or that it was heard again: so it is
// on a busy machine, and nothing is missing. A watch that had to begin anew says so before it is live.
func (r *retoucher) isSilence(e *recording.Entry) bool {
	if e.Kind != recording.Watch {
		return false
	}
	was := r.silent[e.Type]
	r.silent[e.Type] = !e.Live && strings.HasPrefix(e.Reason, "stale")
	return r.silent[e.Type] || was && e.Live
}

func (r *retoucher) write(out *recording.Writer, e recording.Entry) error {
	if e.Object == nil {
		return out.Write(e)
	}
	e.Object, e.Cells = r.disguise.apply(e.Object), r.disguise.apply(e.Cells)
	var err error
	if e.Object, e.Cells, err = r.ages.apply(&e); err != nil {
		return err
	}
	return out.Write(e)
}

// disguise hides how the recording was made.
type disguise struct {
	replacer  *strings.Replacer
	forbidden []string
}

func newDisguise() (*disguise, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("finding this machine's name: %w", err)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, fmt.Errorf("finding the home directory: %w", err)
	}
	here, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("finding the working directory: %w", err)
	}
	return &disguise{
		replacer: strings.NewReplacer(
			`default-scheduler-`+host+`"`, `default-scheduler-control-plane-1"`,
			`"manager":"kwok"`, `"manager":"kubelet"`,
			`"manager":"dogwatch-e2e"`, `"manager":"kubelet"`,
			`kwok_controller`, `kubelet`,
		),
		forbidden: []string{`"` + host + `"`, "-" + host + `"`, home + "/", here, os.TempDir() + "/", "dogwatch-e2e", "e2e.dogwatch.dev", "not-a-real-password", "PRIVATE KEY"},
	}, nil
}

func (d *disguise) apply(text []byte) []byte { return []byte(d.replacer.Replace(string(text))) }

// check refuses a recording that holds what nobody else is to read.
func (d *disguise) check(content []byte) error {
	rec, err := recording.Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return fmt.Errorf("checking the demo: %w", err)
	}
	for _, s := range rec.Segments() {
		err := s.Read(func(e *recording.Entry) error {
			for _, text := range d.forbidden {
				if bytes.Contains(e.Object, []byte(text)) || bytes.Contains(e.Cells, []byte(text)) {
					return fmt.Errorf("it tells %q: %s", text, e.Object)
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("checking the demo: %w", err)
		}
	}
	return nil
}
