package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestMemoryOfTheHistory(t *testing.T) {
	configured := func(n int64) *int64 { return &n }
	for _, c := range []struct {
		args   []string
		config *int64
		want   int64 // 0 for no history
	}{
		{nil, nil, 64 << 20},
		{nil, configured(32 << 20), 32 << 20},
		{nil, configured(0), 0},
		{[]string{"--history-memory", "1GiB"}, configured(0), 1 << 30},
		{[]string{"--history-memory", "100M"}, nil, 100e6},
		{[]string{"--history-memory", "64Mi"}, nil, 64 << 20},
		{[]string{"--history-memory=0"}, configured(32 << 20), 0},
	} {
		command := newRoot("dogwatch", func(_ context.Context, o *options, _ []string) error {
			o.Config.HistoryMemory = c.config
			history := o.NewHistory()
			if history != nil && history.Limit() != c.want || history == nil && c.want != 0 {
				t.Errorf("%q, configured %v: %v, want %d", c.args, c.config, history, c.want)
			}
			return nil
		})
		command.SetArgs(append([]string{"--kubeconfig", "x"}, c.args...))
		if err := command.ExecuteContext(t.Context()); err != nil {
			t.Errorf("%q: %v", c.args, err)
		}
	}
}

func TestOddMemoryOfTheHistoryIsRefused(t *testing.T) {
	for _, size := range []string{"much", "-1Mi", "", "64 MiB", strings.Repeat("1", 100)} {
		for _, command := range []*cobra.Command{
			newRoot("dogwatch", func(context.Context, *options, []string) error { return nil }),
			newDemo("dogwatch", func(context.Context, *replayOptions, []string) error { return nil }),
		} {
			var out bytes.Buffer
			command.SetOut(&out)
			command.SetErr(&out)
			command.SetArgs([]string{"--history-memory", size})
			err := command.ExecuteContext(t.Context())
			if err == nil || !strings.Contains(err.Error(), "--history-memory") || !strings.Contains(err.Error(), "64MiB or 1GiB") {
				t.Errorf("%q: %v", size, err)
			}
		}
	}
}
