package setup

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// defaultHistoryMemory is what the history of changes may take unless it is said: a million typical changes.
const defaultHistoryMemory = 64 << 20

// MemorySize is a flag's amount of memory, in bytes.
type MemorySize struct {
	bytes int64
	text  string
	given bool
}

// String implements pflag.Value.
func (m *MemorySize) String() string { return m.text }

// Type implements pflag.Value.
func (m *MemorySize) Type() string { return "size" }

// Set implements pflag.Value.
func (m *MemorySize) Set(text string) error {
	bytes, ok := config.ParseMemory(text)
	if !ok {
		return errors.New("give a size such as 64MiB or 1GiB, or 0 to remember nothing")
	}
	*m = MemorySize{bytes: bytes, text: text, given: true}
	return nil
}

// AddHistoryFlag adds the flag that says how much memory the history of changes may take.
func (o *Options) AddHistoryFlag(command *cobra.Command) {
	o.HistoryMemory = MemorySize{bytes: defaultHistoryMemory, text: "64MiB"}
	command.Flags().Var(&o.HistoryMemory, "history-memory", "how much memory the history of changes may take; 0 remembers nothing")
}

// NewHistory makes the history of changes, nil if nothing is to be remembered. The configuration counts where the command line says
// nothing.
func (o *Options) NewHistory() *timeline.Timeline {
	limit := o.HistoryMemory.bytes
	if configured := o.Config.HistoryMemory; configured != nil && !o.HistoryMemory.given {
		limit = *configured
	}
	if limit == 0 {
		return nil
	}
	return timeline.New(limit)
}
