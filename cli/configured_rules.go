package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// configuredRules are the files of rules that the configuration names now.
type configuredRules struct {
	files []config.File
	// edit counts how often they were others.
	edit int
}

// SetRules has these files of rules of the configuration applied, in place of those before. The first begins to apply rules, if nobody has. A file may not be changed
// any more.
func (l *liveSignals) SetRules(ctx context.Context, files []config.File) {
	l.mu.Lock()
	isSame := slices.EqualFunc(files, l.configured.files, config.File.IsAs)
	if !isSame {
		l.configured.files, l.configured.edit = files, l.configured.edit+1
		l.faults = nil // those of rules that are there yet are told again
	}
	isBegun := !l.begun.IsZero()
	l.mu.Unlock()
	if isSame || isBegun || len(files) == 0 {
		l.mark()
		return
	}
	l.Start(ctx)
}

// rulesSince gives the rules of the configuration as a line has them, and their edit; nothing where they are those of this edit.
func (l *liveSignals) rulesSince(edit int) ([]byte, int, error) {
	l.mu.Lock()
	now := l.configured
	l.mu.Unlock()
	if now.edit == edit {
		return nil, edit, nil
	}
	rules := signal.Rules{Files: make([]signal.RulesFile, len(now.files))}
	for i, file := range now.files {
		rules.Files[i] = signal.RulesFile{Name: file.Name, Content: file.Content}
	}
	line, err := json.Marshal(rules)
	if err != nil {
		return nil, edit, fmt.Errorf("writing the rules of the configuration: %w", err)
	}
	return line, now.edit, nil
}

// withRules is a recording with the rules of the configuration between its lines: where it is flushed, which is each second, behind its first state.
type withRules struct {
	*recording.Writer
	rulesSince func(edit int) (line []byte, now int, err error)
	begun      bool
	edit       int // that was written last; -1 for none
}

// Begin implements recording.Sink.
func (w *withRules) Begin(h recording.Header) error {
	w.begun = true
	return w.Writer.Begin(h)
}

// Flush implements recording.Sink.
func (w *withRules) Flush() error {
	if !w.begun {
		return w.Writer.Flush()
	}
	line, edit, err := w.rulesSince(w.edit)
	if err != nil {
		return err
	}
	if edit != w.edit {
		if err := w.Write(recording.Entry{At: time.Now().UTC(), Kind: signal.RulesEvent, Object: line}); err != nil {
			return err
		}
		w.edit = edit
	}
	return w.Writer.Flush()
}

// withRules adds the rules of the configuration to what is written, if one is followed.
func (l *liveSignals) withRules(to *recording.Writer) recording.Sink {
	if !l.follows {
		return to
	}
	return &withRules{Writer: to, rulesSince: l.rulesSince, edit: -1}
}
