// Command pictures makes the project's pictures again, all or those named:
//
//	go run ./cmd/pictures [NAME...]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/dogwatch/dogwatch/e2e/gallery"
)

func main() {
	dir := flag.String("dir", filepath.Join("..", "screenshots"), "folder of pictures.yaml, where the pictures go")
	program := flag.String("program", "", "the dogwatch to take; built if empty")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *dir, *program, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir, program string, names []string) error {
	script, err := gallery.ReadScript(filepath.Join(dir, "pictures.yaml"))
	if err != nil {
		return err
	}
	if program != "" {
		if program, err = filepath.Abs(program); err != nil {
			return fmt.Errorf("finding dogwatch: %w", err)
		}
		return makeAll(ctx, script, dir, program, names)
	}
	work, err := os.MkdirTemp("", "dogwatch-pictures-")
	if err != nil {
		return fmt.Errorf("making a folder for dogwatch: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	if program, err = build(ctx, work); err != nil {
		return err
	}
	return makeAll(ctx, script, dir, program, names)
}

// makeAll makes the pictures that are named, or all.
func makeAll(ctx context.Context, script *gallery.Script, dir, program string, names []string) error {
	camera := &gallery.Camera{Program: program}
	for i := range script.Pictures {
		p := &script.Pictures[i]
		if len(names) > 0 && !slices.Contains(names, p.Name) {
			continue
		}
		for _, theme := range p.Themes {
			content, err := camera.Make(ctx, p, theme)
			if err != nil {
				return err
			}
			path := filepath.Join(dir, p.File(theme))
			if err := os.WriteFile(path, content, 0o644); err != nil {
				return fmt.Errorf("keeping a picture: %w", err)
			}
			fmt.Printf("%4d KB  %s\n", len(content)/1024, path)
		}
	}
	return nil
}

// build makes dogwatch, and what applies rules beside it, of the module in the folder above this module's.
func build(ctx context.Context, dir string) (program string, err error) {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", dir+string(filepath.Separator), ".", "./cmd/dogwatch-signals")
	cmd.Dir, cmd.Stderr = "..", os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("building dogwatch: %w", err)
	}
	return filepath.Join(dir, "dogwatch"), nil
}
