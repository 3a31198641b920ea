package controlplane

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const (
	modulePath = "github.com/dogwatch/dogwatch/e2e"

	// CacheEnv names the environment variable that moves the cache of built programs
	// away from its place below [os.UserCacheDir].
	CacheEnv = "DOGWATCH_E2E_BIN"
)

// program is one of the control plane's executables and the package that it is built from.
type program struct {
	name   string
	module string // folder of the nested module, below build/
	pkg    string
}

// programs lists what is built, the slowest first.
func programs() []program {
	return []program{
		{"kube-apiserver", "kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver"},
		{"kube-controller-manager", "kubernetes", "k8s.io/kubernetes/cmd/kube-controller-manager"},
		{"kube-scheduler", "kubernetes", "k8s.io/kubernetes/cmd/kube-scheduler"},
		{"kubectl", "kubernetes", "k8s.io/kubernetes/cmd/kubectl"},
		{"etcd", "etcd", "."},
		{"kwok", "kwok", "sigs.k8s.io/kwok/cmd/kwok"},
	}
}

// Binaries builds those of the control plane's programs that are not built yet, and returns the folder
// that holds them. It reports to progress what it builds and how long each took.
//
// The folder is named by a hash of everything that decides what the programs are, so it is never stale.
// Several processes may call Binaries at once: one builds, the others wait for it.
// The working directory must be inside the e2e module, as it is for go test and go run.
func Binaries(ctx context.Context, progress io.Writer) (string, error) {
	source, err := goOutput(ctx, ".", "list", "-m", "-f", "{{.Dir}}", modulePath)
	if err != nil {
		return "", fmt.Errorf("finding the e2e module: %w", err)
	}
	source = filepath.Join(source, "build")
	dir, err := cacheFolder(ctx, source)
	if err != nil {
		return "", fmt.Errorf("choosing the folder for the control plane's programs: %w", err)
	}
	if len(missing(dir)) == 0 {
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("creating the folder for the control plane's programs: %w", err)
	}
	unlock, err := lock(ctx, filepath.Join(dir, ".lock"))
	if err != nil {
		return "", fmt.Errorf("waiting for another build of the control plane: %w", err)
	}
	defer unlock()
	if err := buildAll(ctx, source, dir, missing(dir), progress); err != nil {
		return "", err
	}
	return dir, nil
}

// missing returns the programs that dir does not hold.
func missing(dir string) []program {
	var absent []program
	for _, p := range programs() {
		if _, err := os.Stat(filepath.Join(dir, p.name)); err != nil {
			absent = append(absent, p)
		}
	}
	return absent
}

func buildAll(ctx context.Context, source, dir string, todo []program, progress io.Writer) error {
	if len(todo) == 0 {
		return nil
	}
	fmt.Fprintf(progress, "building %d programs of the control plane into %s (minutes when Go's build cache is cold)\n",
		len(todo), dir)
	version, err := goOutput(ctx, filepath.Join(source, "kubernetes"), "list", "-m", "-f", "{{.Version}}", "k8s.io/kubernetes")
	if err != nil {
		return fmt.Errorf("reading the version of Kubernetes: %w", err)
	}
	for _, p := range todo {
		fmt.Fprintf(progress, "  %s ...\n", p.name)
		begin := time.Now()
		if err := build(ctx, source, dir, p, linkerFlags(version)); err != nil {
			return fmt.Errorf("building %s: %w", p.name, err)
		}
		fmt.Fprintf(progress, "  %s built in %v\n", p.name, time.Since(begin).Round(time.Second))
	}
	return nil
}

// build compiles one program next to its final place and renames it, so that nobody sees half a file.
func build(ctx context.Context, source, dir string, p program, ldflags string) error {
	target := filepath.Join(dir, p.name)
	partial := target + ".partial"
	_, err := goOutput(ctx, filepath.Join(source, p.module),
		"build", "-trimpath", "-buildvcs=false", "-ldflags", ldflags, "-o", partial, p.pkg)
	if err != nil {
		return err
	}
	return os.Rename(partial, target)
}

// linkerFlags strips the programs and gives Kubernetes the version that it reports: unset, it is v0.0.0,
// which clients take for a server without any recent feature.
func linkerFlags(version string) string {
	const pkg = "k8s.io/component-base/version"
	flags := []string{"-s", "-w", "-X", pkg + ".gitVersion=" + version}
	if parts := strings.Split(strings.TrimPrefix(version, "v"), "."); len(parts) >= 2 {
		flags = append(flags, "-X", pkg+".gitMajor="+parts[0], "-X", pkg+".gitMinor="+parts[1])
	}
	return strings.Join(flags, " ")
}

// cacheFolder names the folder for exactly the programs that source, this toolchain and these flags make.
func cacheFolder(ctx context.Context, source string) (string, error) {
	root := os.Getenv(CacheEnv)
	if root == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		root = filepath.Join(cache, "dogwatch", "e2e")
	}
	root, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	goVersion, err := goOutput(ctx, source, "env", "GOVERSION")
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	fmt.Fprintln(hash, goVersion, runtime.GOOS, runtime.GOARCH, linkerFlags("v1.2.3"), programs())
	files, err := filepath.Glob(filepath.Join(source, "*", "*"))
	if err != nil {
		return "", err
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(hash, "%s %x\n", filepath.Base(file), sha256.Sum256(content))
	}
	return filepath.Join(root, fmt.Sprintf("%.8x", hash.Sum(nil))), nil
}

// goOutput runs the go command in dir, with a static and reproducible build's settings.
func goOutput(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=readonly", "GOWORK=off")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
}
