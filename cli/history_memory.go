package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// defaultHistoryMemory is what the history of changes may take unless it is said: a million typical changes.
const defaultHistoryMemory = 64 << 20

// memorySize is a flag's amount of memory, in bytes.
type memorySize struct {
	bytes int64
	text  string
	given bool
}

// String implements pflag.Value.
func (m *memorySize) String() string { return m.text }

// Type implements pflag.Value.
func (m *memorySize) Type() string { return "size" }

// Set implements pflag.Value.
func (m *memorySize) Set(text string) error {
	bytes, ok := config.ParseMemory(text)
	if !ok {
		return errors.New("give a size such as 64MiB or 1GiB, or 0 to remember nothing")
	}
	*m = memorySize{bytes: bytes, text: text, given: true}
	return nil
}

func (o *options) addHistoryFlag(command *cobra.Command) {
	o.historyMemory = memorySize{bytes: defaultHistoryMemory, text: "64MiB"}
	command.Flags().Var(&o.historyMemory, "history-memory", "how much memory the history of changes may take; 0 remembers nothing")
}

// newHistory makes the history of changes, nil if nothing is to be remembered. The configuration counts where the command line says
// nothing.
func (o *options) newHistory() *timeline.Timeline {
	limit := o.historyMemory.bytes
	if configured := o.config.HistoryMemory; configured != nil && !o.historyMemory.given {
		limit = *configured
	}
	if limit == 0 {
		return nil
	}
	return timeline.New(limit)
}
