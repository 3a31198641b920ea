package controlplane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/dogwatch/dogwatch/e2e/controlplane/internal/process"
)

// KeepEnv names the environment variable that, when not empty, keeps the control plane's folder after [ControlPlane.Stop].
const KeepEnv = "DOGWATCH_E2E_KEEP"

// stopGrace is how long kube-apiserver may take to end after SIGTERM before it is killed. It would wait
// a minute for the watches that the other components keep open.
const stopGrace = 3 * time.Second

// Options say which components run besides etcd and kube-apiserver, and how. The zero value is a bare API server.
type Options struct {
	// Binaries is the folder of the programs. Empty: what [Binaries] returns.
	Binaries string
	// Progress receives what a first build reports. Nil: os.Stderr.
	Progress io.Writer
	// ControllerManager runs kube-controller-manager: without it a Deployment makes no pods.
	ControllerManager bool
	// Scheduler runs kube-scheduler: without it a pod needs a nodeName.
	Scheduler bool
	// Stages, if not empty, runs kwok with this configuration (YAML documents of kind Stage).
	Stages []byte
	// Users are names of further users, who start without rights; see [ControlPlane.Grant].
	Users []string
	// APIServerArgs, ControllerManagerArgs and KwokArgs are further arguments of these components; of a flag given
	// twice the last counts.
	APIServerArgs, ControllerManagerArgs, KwokArgs []string
}

// ControlPlane is a running control plane. Its methods may be called from any goroutine.
type ControlPlane struct {
	options Options
	dir     string
	port    int
	// authority signs the certificates of the API server and of its users; nextAuthority may sign the former instead.
	authority, nextAuthority *authority

	mu        sync.Mutex
	tokens    tokens
	processes []*process.Process // in the order in which they were started
}

// Start starts a control plane and returns when it answers, its built-in users have their rights, and, with
// the controller manager, pods can be created. When it fails nothing is left running. The caller must call
// [ControlPlane.Stop]; ctx only bounds the start.
func Start(ctx context.Context, options Options) (*ControlPlane, error) {
	if options.Progress == nil {
		options.Progress = os.Stderr
	}
	if options.Binaries == "" {
		dir, err := Binaries(ctx, options.Progress)
		if err != nil {
			return nil, err
		}
		options.Binaries = dir
	}
	dir, err := os.MkdirTemp("", "dogwatch-e2e-")
	if err != nil {
		return nil, fmt.Errorf("creating the control plane's folder: %w", err)
	}
	c := &ControlPlane{options: options, dir: dir, tokens: newTokens(options.Users)}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the control plane: %w", err), c.Stop())
	}
	return c, nil
}

func (c *ControlPlane) start(ctx context.Context) error {
	if err := c.writeFiles(); err != nil {
		return err
	}
	var err error
	if c.port, err = freePort(); err != nil {
		return err
	}
	if err := c.StartEtcd(ctx); err != nil {
		return err
	}
	if err := c.StartAPIServer(ctx); err != nil {
		return err
	}
	if err := c.grantBuiltIn(ctx); err != nil {
		return err
	}
	return c.startControllers(ctx)
}

// writeFiles fills the folder with what the components read.
func (c *ControlPlane) writeFiles() error {
	var err error
	if c.authority, c.nextAuthority, err = writeCertificates(c.dir); err != nil {
		return err
	}
	if err := c.tokens.write(c.path("tokens.csv")); err != nil {
		return fmt.Errorf("writing the users' tokens: %w", err)
	}
	if err := os.WriteFile(c.path("audit-policy.yaml"), []byte(auditPolicy), 0o600); err != nil {
		return fmt.Errorf("writing the audit policy: %w", err)
	}
	if err := os.WriteFile(c.path("stages.yaml"), c.options.Stages, 0o600); err != nil {
		return fmt.Errorf("writing kwok's stages: %w", err)
	}
	return os.Mkdir(c.path("etcd"), 0o700)
}

// Stop ends everything and removes the folder. It may be called more than once. It returns an error that names
// the programs which had ended before by themselves: whatever was tested then was tested on a broken cluster.
func (c *ControlPlane) Stop() error {
	c.mu.Lock()
	processes := c.processes
	c.processes = nil
	c.mu.Unlock()

	var errs []error
	for _, p := range processes {
		errs = append(errs, p.Failure())
	}
	for i := len(processes) - 1; i >= 0; i-- {
		processes[i].Kill() // The state is thrown away, so no shutdown is worth waiting for.
	}
	if os.Getenv(KeepEnv) == "" {
		if err := os.RemoveAll(c.dir); err != nil {
			errs = append(errs, fmt.Errorf("removing the control plane's folder: %w", err))
		}
	}
	return errors.Join(errs...)
}

// URL returns the API server's address.
func (c *ControlPlane) URL() string { return fmt.Sprintf("https://127.0.0.1:%d", c.port) }

// Dir returns the folder of the control plane's state and logs.
func (c *ControlPlane) Dir() string { return c.dir }

func (c *ControlPlane) path(name string) string { return filepath.Join(c.dir, name) }

// Pids returns the process ids of the running components by name.
func (c *ControlPlane) Pids() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	pids := map[string]int{}
	for _, p := range c.processes {
		if p.Running() {
			pids[p.Name()] = p.Pid()
		}
	}
	return pids
}

// Tail returns the last lines of what each component has printed, for the report of a failed test.
func (c *ControlPlane) Tail(lines int) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all strings.Builder
	for _, p := range c.processes {
		all.WriteString(p.Tail(lines))
	}
	return all.String()
}

// run starts a component and records it.
func (c *ControlPlane) run(name string, args ...string) (*process.Process, error) {
	p, err := process.Start(c.options.Binaries, c.dir, name, args...)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.processes = append(c.processes, p)
	return p, nil
}

// take removes the component from the record and returns it, or nil if there is none.
func (c *ControlPlane) take(name string) *process.Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, p := range c.processes {
		if p.Name() == name {
			c.processes = append(c.processes[:i:i], c.processes[i+1:]...)
			return p
		}
	}
	return nil
}

// StopAPIServer ends kube-apiserver and returns when it is gone; its port then refuses connections.
// etcd keeps its data and the other components keep trying.
func (c *ControlPlane) StopAPIServer() {
	if p := c.take(apiServer); p != nil {
		p.Stop(stopGrace)
	}
}

// StartAPIServer starts kube-apiserver on the control plane's port and returns when it is ready.
// It is for use after [ControlPlane.StopAPIServer].
func (c *ControlPlane) StartAPIServer(ctx context.Context) error {
	p, err := c.run(apiServer, c.apiServerArgs()...)
	if err != nil {
		return err
	}
	client, err := c.Client()
	if err != nil {
		return err
	}
	return p.WaitReady(ctx, func(ctx context.Context) error {
		return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	})
}

// StopControllers ends all components that change objects by themselves, and returns when they are gone. kube-apiserver
// goes on to serve what then stays as it is.
func (c *ControlPlane) StopControllers() {
	for _, name := range []string{kwok, scheduler, controllerManager} {
		if p := c.take(name); p != nil {
			p.Stop(stopGrace)
		}
	}
}

// startControllers starts the optional components.
func (c *ControlPlane) startControllers(ctx context.Context) error {
	if len(c.options.Stages) > 0 {
		if err := c.runAs(kwokUser, kwok, c.kwokArgs()); err != nil {
			return err
		}
	}
	if c.options.Scheduler {
		if err := c.runAs(schedulerUser, scheduler, c.schedulerArgs()); err != nil {
			return err
		}
	}
	if !c.options.ControllerManager {
		return nil
	}
	if err := c.runAs(controllerManagerUser, controllerManager, c.controllerManagerArgs()); err != nil {
		return err
	}
	client, err := c.Client()
	if err != nil {
		return err
	}
	return waitForServiceAccount(ctx, client, metav1.NamespaceDefault)
}

// runAs starts a component that reads a kubeconfig, as the given user.
func (c *ControlPlane) runAs(user, name string, args []string) error {
	kubeconfig, err := c.Kubeconfig(user, "")
	if err != nil {
		return err
	}
	_, err = c.run(name, append(args, "--kubeconfig="+kubeconfig)...)
	return err
}

// waitForServiceAccount returns when the namespace has its default ServiceAccount, which the controller manager
// makes soon after the namespace: pods are refused before.
func waitForServiceAccount(ctx context.Context, client kubernetes.Interface, namespace string) error {
	err := poll(ctx, func(ctx context.Context) (bool, error) {
		_, err := client.CoreV1().ServiceAccounts(namespace).Get(ctx, "default", metav1.GetOptions{})
		return err == nil, ignoreNotFound(err)
	})
	if err != nil {
		return fmt.Errorf("waiting for the service account of namespace %s: %w", namespace, err)
	}
	return nil
}

// ignoreNotFound returns err unless it says that the object does not exist.
func ignoreNotFound(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
