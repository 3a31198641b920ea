package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"time"

	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/model/signal"
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

// checkLimit is how long the rules of an edit may take to be read.
const checkLimit = 10 * time.Second

// checkRules has the program that knows rules read those of a configuration, beside those of the command line, and says what is wrong with them. Where that
// cannot be it is logged, and nothing is wrong.
func (o *options) checkRules(ctx context.Context, files []config.File) error {
	if len(files) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	wrong, err := wrongRules(ctx, o.rules, files)
	switch {
	case err != nil:
		klog.Warningf("whether the rules of the configuration are right is not known: %v", err)
		return nil
	case len(wrong) == 0:
		return nil
	case len(wrong) > 1:
		return fmt.Errorf("%s (and %d more: dogwatch config check)", wrong[0], len(wrong)-1)
	}
	return errors.New(wrong[0])
}

// wrongRules says what is wrong with rules, a line for each thing. own are the files of the command line.
func wrongRules(ctx context.Context, own []string, files []config.File) ([]string, error) {
	line, err := lineOf(files)
	if err != nil {
		return nil, err
	}
	program, err := findSignalsProgram()
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, program, slices.Concat([]string{"check-rules", "--"}, own)...)
	command.Stdin, command.WaitDelay = bytes.NewReader(line), time.Second
	return problemsSaid(command)
}

// lineOf are files of rules as a line has them.
func lineOf(files []config.File) ([]byte, error) {
	rules := signal.Rules{Files: make([]signal.RulesFile, len(files))}
	for i, file := range files {
		rules.Files[i] = signal.RulesFile{Name: file.Name, Content: file.Content}
	}
	line, err := json.Marshal(rules)
	if err != nil {
		return nil, fmt.Errorf("writing the rules of the configuration: %w", err)
	}
	return line, nil
}

// rulesSince gives the rules of the configuration as a line has them, and their edit; nothing where they are those of this edit.
func (l *liveSignals) rulesSince(edit int) ([]byte, int, error) {
	l.mu.Lock()
	now := l.configured
	l.mu.Unlock()
	if now.edit == edit {
		return nil, edit, nil
	}
	line, err := lineOf(now.files)
	if err != nil {
		return nil, edit, err
	}
	return line, now.edit, nil
}
