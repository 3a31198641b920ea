package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// measureExec measures how long after its start the program shows something while its cluster does not answer, beside a
// program of one line in the same terminal, and what there is to load: its size and what its imports do before main.
func measureExec(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("exec", flag.ContinueOnError)
	rounds := flags.Int("rounds", 20, "how often each program is started")
	programs := flags.String("dogwatch", "", programUsage+"; several with commas between them")
	if err := flags.Parse(args); err != nil {
		return err
	}
	b, err := makeBed(ctx, *programs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.remove()) }()
	silent, err := newSilent()
	if err != nil {
		return err
	}
	defer silent.close()
	kubeconfig, err := kubeconfigFor("https://" + silent.listener.Addr().String())
	if err != nil {
		return err
	}
	path, err := b.write("silent", kubeconfig)
	if err != nil {
		return err
	}
	if err := compareFrames(ctx, b, path, *rounds); err != nil {
		return err
	}
	beds := b.each()
	b = beds[len(beds)-1]
	if err := b.printSizes(ctx); err != nil {
		return err
	}
	return b.printImports(ctx)
}

// silent is a server that takes connections and never says a word.
type silent struct {
	listener net.Listener
	ended    chan struct{}
}

func newSilent() (*silent, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening as a server that does not answer: %w", err)
	}
	s := &silent{listener: listener, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
		}
	}()
	return s, nil
}

func (s *silent) close() {
	_ = s.listener.Close()
	<-s.ended
}

// compareFrames starts dogwatch, dogwatch --version and a program of one line in turn.
func compareFrames(ctx context.Context, b *bed, kubeconfig string, rounds int) error {
	const oneLine = "package main\n\nimport \"os\"\n\nfunc main() { os.Stdout.WriteString(\"ready\") }\n"
	source, plain := filepath.Join(b.dir, "plain.go"), &bed{dir: b.dir, program: filepath.Join(b.dir, "plain")}
	if err := os.WriteFile(source, []byte(oneLine), 0o600); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", plain.program, source).CombinedOutput(); err != nil {
		return fmt.Errorf("building a program of one line: %w\n%s", err, out)
	}
	beds := b.each()
	frames, versions, floor := make([]figures, len(beds)), make([]figures, len(beds)), figures{}
	measure := func(b *bed, to *figures, args ...string) error {
		took, err := firstFrame(ctx, b, kubeconfig, args...)
		*to = append(*to, took)
		return err
	}
	for range rounds {
		var errs []error
		for i, b := range beds {
			errs = append(errs, measure(b, &frames[i], "pods"), measure(b, &versions[i], "--version"))
		}
		if err := errors.Join(append(errs, measure(plain, &floor))...); err != nil {
			return err
		}
	}
	for i, b := range beds {
		if len(beds) > 1 {
			fmt.Println(b.program)
		}
		printRatio("exec to first frame, no cluster answering", frames[i], "a Go program of one line", floor)
		printRatio("exec to the version printed", versions[i], "a Go program of one line", floor)
	}
	return nil
}

// firstFrame is how long a program takes until something is on the screen.
func firstFrame(ctx context.Context, b *bed, kubeconfig string, args ...string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	begin := time.Now()
	tty, err := b.show(ctx, kubeconfig, terminal.Options{}, args...)
	if err != nil {
		return 0, err
	}
	defer tty.Close()
	_, err = tty.Await(ctx, "the first frame", func(screen string) bool { return strings.TrimSpace(screen) != "" })
	return time.Since(begin), err
}

// printSizes prints how large the program is.
func (b *bed) printSizes(ctx context.Context) error {
	whole := filepath.Join(b.dir, "dogwatch-whole")
	if err := b.build(ctx, whole); err != nil {
		return err
	}
	var sizes [2]int64
	for i, path := range []string{b.program, whole} {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		sizes[i] = info.Size()
	}
	fmt.Printf("size: %.1f MB stripped, %.1f MB with symbols: ratio %.2f\n", mega(sizes[0]), mega(sizes[1]), float64(sizes[0])/float64(sizes[1]))
	return nil
}
