package cli

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"

	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
)

// logTo sends what client-go logs and warns about to out, and never to the
// screen. verbosity is klog's.
func logTo(out io.Writer, verbosity int) {
	flags := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(flags)
	for name, value := range map[string]string{
		"logtostderr":     "false",
		"alsologtostderr": "false",
		"stderrthreshold": "FATAL",
		"v":               strconv.Itoa(verbosity),
	} {
		if err := flags.Set(name, value); err != nil {
			klog.Errorf("setting log flag %s: %v", name, err)
		}
	}
	klog.SetOutput(out)
	rest.SetDefaultWarningHandler(rest.NewWarningWriter(out, rest.WarningWriterOptions{Deduplicate: true}))
}

// openLog opens the log file for appending, readable by the user alone.
func openLog(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log file: %w", err)
	}
	return file, nil
}
