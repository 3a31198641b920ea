// Command record-demo makes the recording that "dogwatch demo" plays:
//
//	go run ./cmd/record-demo -o ../demo/demo.jsonl.zst
//
// It starts a control plane, plays the story of package story on it, and has dogwatch itself record it. What is written
// then is retouched: see retouch.go. It takes about five minutes and needs nothing but the programs of the control plane,
// which are built the first time.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/story"
)

const (
	// startTimeout bounds the start of the control plane, and of the shop on it.
	startTimeout = 3 * time.Minute
	// recordTimeout bounds the first state and the end of the recording.
	recordTimeout = time.Minute
	// contextName is what the recorded cluster is called.
	contextName = "shop-eu"
)

// types are what is recorded. Leases are not: they change all the time and tell nothing.
func types() []string {
	return []string{
		"pods", "deployments.apps", "replicasets.apps", "statefulsets.apps", "daemonsets.apps",
		"services", "endpointslices.discovery.k8s.io", "ingresses.networking.k8s.io",
		"configmaps", "secrets", "serviceaccounts", "namespaces", "nodes", "events",
		"jobs.batch", "cronjobs.batch", "horizontalpodautoscalers.autoscaling", "poddisruptionbudgets.policy",
		"persistentvolumes", "persistentvolumeclaims", "storageclasses.storage.k8s.io",
		"validatingwebhookconfigurations.admissionregistration.k8s.io",
		"customresourcedefinitions.apiextensions.k8s.io", "promotions.shop.example",
	}
}

func main() {
	output := flag.String("o", filepath.Join("..", "demo", "demo.jsonl.zst"), "the file to write; it is replaced when all went well")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, *output)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "record-demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, output string) (err error) {
	work, err := os.MkdirTemp("", "record-demo-")
	if err != nil {
		return fmt.Errorf("making a folder to work in: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	raw := filepath.Join(work, "raw.jsonl.zst")
	program, err := build(ctx, work)
	if err != nil {
		return err
	}
	began, err := record(ctx, program, work, raw)
	if err != nil {
		return err
	}
	return retouch(ctx, raw, output, began)
}

// build builds dogwatch from the module beside this one.
func build(ctx context.Context, dir string) (string, error) {
	source, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/dogwatch/dogwatch").Output()
	if err != nil {
		return "", fmt.Errorf("finding dogwatch: %w", err)
	}
	program := filepath.Join(dir, "dogwatch")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, ".")
	cmd.Dir = strings.TrimSpace(string(source))
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building dogwatch: %w\n%s", err, out)
	}
	return program, nil
}

// record plays the story while dogwatch records it, and returns when the story began.
func record(ctx context.Context, program, work, raw string) (began time.Time, err error) {
	options := story.Options()
	if options.Binaries, err = controlplane.Binaries(ctx, os.Stderr); err != nil {
		return began, err
	}
	starting, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	say("starting a control plane ...")
	cluster, err := controlplane.Start(starting, options)
	if err != nil {
		return began, err
	}
	defer func() { err = errors.Join(err, cluster.Stop()) }()
	tale, err := story.New(cluster)
	if err != nil {
		return began, err
	}
	defer tale.Close()
	say("opening the shop ...")
	if err := tale.Prepare(starting); err != nil {
		return began, err
	}
	kubeconfig, err := kubeconfig(cluster, work)
	if err != nil {
		return began, err
	}
	recorder, err := startRecorder(ctx, program, kubeconfig, raw)
	if err != nil {
		return began, err
	}
	defer func() { _ = recorder.stop() }() // what is wrong is told below
	began = time.Now()
	if err := tale.Play(ctx, func(at time.Duration, what string) { say("%8s  %s", at, what) }); err != nil {
		return began, err
	}
	return began, recorder.stop()
}

// kubeconfig writes one whose context has the name that the recording is to show.
func kubeconfig(cluster *controlplane.ControlPlane, dir string) (string, error) {
	given, err := cluster.Kubeconfig(controlplane.Reader, "")
	if err != nil {
		return "", err
	}
	config, err := clientcmd.LoadFromFile(given)
	if err != nil {
		return "", fmt.Errorf("reading the kubeconfig: %w", err)
	}
	config.Contexts[contextName] = config.Contexts[config.CurrentContext]
	config.CurrentContext = contextName
	path := filepath.Join(dir, "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		return "", fmt.Errorf("writing the kubeconfig: %w", err)
	}
	return path, nil
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
