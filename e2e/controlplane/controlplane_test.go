package controlplane_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/workload"
)

// as returns a client that acts as a user of the shared control plane.
func as(t *testing.T, user string) kubernetes.Interface {
	t.Helper()
	client, err := kubernetes.NewForConfig(shared.RESTConfig(user))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestServerSaysItsVersion(t *testing.T) {
	version, err := as(t, controlplane.Admin).Discovery().ServerVersion()
	if err != nil {
		t.Fatal(err)
	}
	if want := "v" + version.Major + "." + version.Minor + "."; version.Major != "1" || !strings.HasPrefix(version.GitVersion, want) {
		t.Errorf("version %+v does not look like a release", version)
	}
}

func TestPodOnKwokNodeRuns(t *testing.T) {
	load, err := workload.New(shared.RESTConfig(controlplane.Admin))
	if err != nil {
		t.Fatal(err)
	}
	if err := load.CreateNodes(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	pods := as(t, controlplane.Admin).CoreV1().Pods("default")
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "plain-"},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "example"}}},
	}
	pod, err = pods.Create(t.Context(), pod, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	await.Success(t, patience, "the pod to run", func(ctx context.Context) error {
		pod, err := pods.Get(ctx, pod.Name, metav1.GetOptions{})
		if err == nil && pod.Status.Phase != corev1.PodRunning {
			err = fmt.Errorf("the pod is %s on %q: %+v", pod.Status.Phase, pod.Spec.NodeName, pod.Status.Conditions)
		}
		return err
	})
}

func TestOpenWatchIsCounted(t *testing.T) {
	count := func(ctx context.Context) int {
		metrics, err := shared.Metrics(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return metrics.LongRunning("WATCH", "configmaps")
	}
	expect := func(want int) {
		t.Helper()
		await.Success(t, patience, fmt.Sprintf("%d open watches", want), func(ctx context.Context) error {
			if got := count(ctx); got != want {
				return fmt.Errorf("%d are open", got)
			}
			return nil
		})
	}
	before := count(t.Context())
	watch, err := as(t, controlplane.Reader).CoreV1().ConfigMaps("default").Watch(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	expect(before + 1)
	watch.Stop()
	expect(before)
}

func TestAuditLogTellsWhoAskedForWhat(t *testing.T) {
	_, err := as(t, controlplane.Nobody).CoreV1().Secrets("kube-system").List(t.Context(), metav1.ListOptions{})
	if !apierrors.IsForbidden(err) {
		t.Errorf("listing secrets as nobody: %v, want forbidden", err)
	}
	events, err := shared.AuditEvents(controlplane.AuditByUser(controlplane.Nobody))
	if err != nil {
		t.Fatal(err)
	}
	want := controlplane.AuditObject{Resource: "secrets", Namespace: "kube-system", Version: "v1"}
	found := slices.ContainsFunc(events, func(e controlplane.AuditEvent) bool {
		return e.Verb == "list" && e.Object == want && e.Response.Code == 403 && e.Stage == controlplane.ResponseComplete &&
			e.UserAgent == "dogwatch-e2e"
	})
	if !found {
		t.Errorf("the request is not among %+v", events)
	}
}

func TestUsersMayDoWhatTheirNamesSay(t *testing.T) {
	list := map[string]func(kubernetes.Interface) error{
		"pods in default": func(c kubernetes.Interface) error {
			_, err := c.CoreV1().Pods("default").List(t.Context(), metav1.ListOptions{})
			return err
		},
		"pods everywhere": func(c kubernetes.Interface) error {
			_, err := c.CoreV1().Pods("").List(t.Context(), metav1.ListOptions{})
			return err
		},
		"secrets everywhere": func(c kubernetes.Interface) error {
			_, err := c.CoreV1().Secrets("").List(t.Context(), metav1.ListOptions{})
			return err
		},
		"creating a namespace": func(c kubernetes.Interface) error {
			// Asked, not tried: these users are to be found with nothing but reads in the audit log.
			review, err := c.AuthorizationV1().SelfSubjectAccessReviews().Create(t.Context(), &authorizationv1.SelfSubjectAccessReview{
				Spec: authorizationv1.SelfSubjectAccessReviewSpec{
					ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "create", Resource: "namespaces"},
				},
			}, metav1.CreateOptions{})
			if err == nil && !review.Status.Allowed {
				err = apierrors.NewForbidden(corev1.Resource("namespaces"), "", errors.New(review.Status.Reason))
			}
			return err
		},
	}
	allowed := map[string][]string{
		controlplane.Admin:    {"pods in default", "pods everywhere", "secrets everywhere", "creating a namespace"},
		controlplane.Reader:   {"pods in default", "pods everywhere", "secrets everywhere"},
		controlplane.Viewer:   {"pods in default", "pods everywhere"},
		controlplane.PodsOnly: {"pods in default"},
		controlplane.Nobody:   {},
	}
	for user, may := range allowed {
		for what, do := range list {
			err := do(as(t, user))
			if slices.Contains(may, what) {
				if err != nil {
					t.Errorf("%s: %s: %v", user, what, err)
				}
			} else if !apierrors.IsForbidden(err) {
				t.Errorf("%s: %s: %v, want forbidden", user, what, err)
			}
		}
	}
}

func TestGrantAddsRights(t *testing.T) {
	list := func() error {
		_, err := as(t, "extra").CoreV1().Services("default").List(t.Context(), metav1.ListOptions{})
		return err
	}
	if err := list(); !apierrors.IsForbidden(err) {
		t.Fatalf("before the grant: %v, want forbidden", err)
	}
	err := shared.Grant(t.Context(), "extra", "default",
		rbacv1.PolicyRule{Verbs: []string{"list"}, APIGroups: []string{""}, Resources: []string{"services"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := list(); err != nil {
		t.Errorf("after the grant: %v", err)
	}
}

func TestKubectl(t *testing.T) {
	manifest := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-kubectl}\ndata: {key: value}\n"
	if err := shared.Apply(t.Context(), manifest); err != nil {
		t.Fatal(err)
	}
	out, err := shared.Kubectl(t.Context(), "get", "configmap", "from-kubectl", "-o", "jsonpath={.data.key}")
	if err != nil || out != "value" {
		t.Errorf("got %q, %v; want value", out, err)
	}
	_, err = shared.Kubectl(t.Context(), "get", "no-such-type")
	if err == nil || !strings.Contains(err.Error(), "no-such-type") {
		t.Errorf("the error does not hold what kubectl said: %v", err)
	}
}

func TestKubeconfigOfUnknownUserIsRefused(t *testing.T) {
	if _, err := shared.Kubeconfig("stranger", ""); err == nil {
		t.Error("no error")
	}
}

// startBare starts a control plane of etcd and kube-apiserver only, for a test that breaks it.
func startBare(t *testing.T) *controlplane.ControlPlane {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	bare, err := controlplane.Start(ctx, controlplane.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bare.Stop() })
	return bare
}

func TestRestartKeepsData(t *testing.T) {
	bare := startBare(t)
	client, err := bare.Client()
	if err != nil {
		t.Fatal(err)
	}
	maps := client.CoreV1().ConfigMaps("default")
	before, err := maps.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "kept"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimPrefix(bare.URL(), "https://")

	bare.StopAPIServer()
	if _, err := net.Dial("tcp", address); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("connecting to the stopped server: %v, want refused", err)
	}
	if pids := bare.Pids(); len(pids) != 1 || pids["etcd"] == 0 {
		t.Errorf("running: %v, want only etcd", pids)
	}
	if err := bare.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimPrefix(bare.URL(), "https://"); got != address {
		t.Errorf("the address has changed from %s to %s", address, got)
	}
	after, err := maps.Get(t.Context(), "kept", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if after.UID != before.UID {
		t.Errorf("uid %s, want %s", after.UID, before.UID)
	}
	if err := bare.Stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

func TestStopLeavesNothing(t *testing.T) {
	bare := startBare(t)
	pids := bare.Pids()
	if len(pids) != 2 {
		t.Errorf("running: %v, want etcd and kube-apiserver", pids)
	}
	if err := bare.Stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	for name, pid := range pids {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("%s still runs: %v", name, err)
		}
	}
	if _, err := os.Stat(bare.Dir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
	if err := bare.Stop(); err != nil {
		t.Errorf("stopping again: %v", err)
	}
}

func TestStopReportsWhatDiedBefore(t *testing.T) {
	bare := startBare(t)
	if err := syscall.Kill(bare.Pids()["kube-apiserver"], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	await.Success(t, patience, "the API server's death to be noticed", func(context.Context) error {
		if pid := bare.Pids()["kube-apiserver"]; pid != 0 {
			return fmt.Errorf("pid %d is listed as running", pid)
		}
		return nil
	})
	err := bare.Stop()
	if err == nil || !strings.Contains(err.Error(), "kube-apiserver ended by itself: signal: killed") {
		t.Errorf("the error does not name the dead program: %v", err)
	}
}

func TestStartFailsWithTheProgramsOutput(t *testing.T) {
	_, err := controlplane.Start(t.Context(), controlplane.Options{APIServerArgs: []string{"--no-such-flag"}})
	if err == nil || !strings.Contains(err.Error(), "unknown flag: --no-such-flag") {
		t.Errorf("the error does not say what the API server said: %v", err)
	}
}

func TestBackupTakesTheClusterBackInTime(t *testing.T) {
	bare := startBare(t)
	client, err := bare.Client()
	if err != nil {
		t.Fatal(err)
	}
	maps := client.CoreV1().ConfigMaps("default")
	create := func(name string) *corev1.ConfigMap {
		t.Helper()
		var made *corev1.ConfigMap
		await.Success(t, patience, "a server that stores", func(ctx context.Context) (err error) {
			made, err = maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
			return err
		})
		return made
	}
	before := create("before")
	backup, err := bare.BackUp(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	create("after")
	if err := bare.Restore(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	list, err := maps.List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != 1 || list.Items[0].UID != before.UID {
		t.Errorf("there are %d objects, want only the one from before", len(list.Items))
	}
	if err := bare.Stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

func TestCertificatesAreRenewed(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := shared.RenewServingCertificate(ctx); err != nil {
		t.Fatal(err)
	}
	for until, allowed := range map[time.Duration]bool{-time.Minute: false, time.Hour: true} {
		dir := t.TempDir()
		config := rest.AnonymousClientConfig(shared.RESTConfig(controlplane.Reader))
		config.CertFile, config.KeyFile = filepath.Join(dir, "reader.crt"), filepath.Join(dir, "reader.key")
		if err := shared.IssueClientCertificate(dir, controlplane.Reader, time.Now().Add(until)); err != nil {
			t.Fatal(err)
		}
		client, err := kubernetes.NewForConfig(config)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.CoreV1().ConfigMaps("").List(t.Context(), metav1.ListOptions{}); (err == nil) != allowed {
			t.Errorf("with a certificate that ends in %v: %v", until, err)
		}
	}
}
