package cli

import (
	"fmt"
	"io"
	"os"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// divertStderr sends to out what anything in this process or a credential
// plugin writes to standard error, which would land in the middle of the
// screen. client-go hands plugins os.Stderr as it is when a cluster is opened.
func divertStderr(out io.Writer) (restore func(), err error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe for standard error: %w", err)
	}
	original := os.Stderr
	os.Stderr = writer
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer utilruntime.HandleCrash()
		_, _ = io.Copy(out, reader) // ends when the pipe is closed
	}()
	return func() {
		os.Stderr = original
		_ = writer.Close()
		// A plugin that still runs holds the pipe open: it is not waited for.
		_ = reader.Close()
		<-done
	}, nil
}
