package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// What the terminals of all measurements are like.
const (
	width  = 200
	height = 60
)

// programUsage is what the flag -dogwatch of all commands is for.
const programUsage = "the program to measure; built from the folder above when empty"

// bed is the folder of a measurement and the program in it.
type bed struct {
	dir     string
	program string
}

// makeBed builds dogwatch as its users have it, stripped and static, unless program names one.
func makeBed(ctx context.Context, program string) (*bed, error) {
	dir, err := os.MkdirTemp("", "dogwatch-bench-")
	if err != nil {
		return nil, err
	}
	b := &bed{dir: dir, program: program}
	if program == "" {
		b.program = filepath.Join(dir, "dogwatch")
		if err := b.build(ctx, b.program, "-trimpath", "-ldflags=-s -w"); err != nil {
			return nil, errors.Join(err, b.remove())
		}
	}
	return b, nil
}

// each gives a bed, in the same folder, for each of the programs that the bed names with commas between them.
func (b *bed) each() []*bed {
	var beds []*bed
	for program := range strings.SplitSeq(b.program, ",") {
		beds = append(beds, &bed{dir: b.dir, program: program})
	}
	return beds
}

func (b *bed) remove() error { return os.RemoveAll(b.dir) }

// build builds dogwatch from the module in the folder that this module is in.
func (b *bed) build(ctx context.Context, path string, flags ...string) error {
	cmd := exec.CommandContext(ctx, "go", append(append([]string{"build", "-o", path}, flags...), ".")...)
	cmd.Dir, cmd.Stderr = "..", os.Stderr
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("building dogwatch: %w", err)
	}
	return nil
}

// write puts a kubeconfig into the bed's folder.
func (b *bed) write(name string, kubeconfig []byte) (path string, err error) {
	path = filepath.Join(b.dir, name)
	return path, os.WriteFile(path, kubeconfig, 0o600)
}

// kubeconfigFor is one of a server that asks for nothing.
func kubeconfigFor(server string) ([]byte, error) {
	config := clientcmdapi.NewConfig()
	config.Clusters["bench"] = &clientcmdapi.Cluster{Server: server}
	config.AuthInfos["bench"] = &clientcmdapi.AuthInfo{}
	config.Contexts["bench"] = &clientcmdapi.Context{Cluster: "bench", AuthInfo: "bench"}
	config.CurrentContext = "bench"
	return clientcmd.Write(*config)
}

// show runs dogwatch in a terminal and in a home that has nothing yet. The caller must close it.
func (b *bed) show(ctx context.Context, kubeconfig string, options terminal.Options, args ...string) (*terminal.Terminal, error) {
	home, err := os.MkdirTemp(b.dir, "home-")
	if err != nil {
		return nil, err
	}
	options.Path, options.Args = b.program, args
	options.Width, options.Height = width, height
	options.Env = append([]string{"HOME=" + home, "KUBECONFIG=" + kubeconfig}, options.Env...)
	return terminal.Start(ctx, options)
}

// has is the condition that all texts are on the screen.
func has(texts ...string) func(string) bool {
	return func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	}
}
