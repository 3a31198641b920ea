package streams

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/yaml"

	"github.com/dogwatch/dogwatch/e2e/await"
)

// manifests are those of a stream.
func manifests() string { return filepath.Join("..", "..", "deploy", "stream.yaml") }

// The manifests are such as a server takes.
func TestManifestsAreTaken(t *testing.T) {
	if said, err := cluster.Kubectl(t.Context(), "apply", "--dry-run=server", "--validate=strict", "-f", manifests()); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}

// What the manifests run is run as they say, with the rights that they give, but not in a container: each pod becomes ready, and together they tell each
// change.
func TestManifestsStream(t *testing.T) {
	client, in := namespace(t)
	d := apply(t)
	b := newNATS(t, func(o *server.Options) { o.Username, o.Password = "me", "hunter2" })
	var last *streaming
	for ordinal := range *d.set.Spec.Replicas {
		last = d.run(t, ordinal, b)
	}
	all := made{}
	all.changeBy(t, deployments(client, in), 10)
	last.await("all changes", all.last)
	all.check(t, "the pods", events(t, b.text()))
}

// deployed is what there is of the manifests: rights, and a StatefulSet that no controller knows.
type deployed struct {
	set        appsv1.StatefulSet
	kubeconfig string // of who it runs as
}

// apply makes what the manifests have, but the StatefulSet and its Service, and gives that.
func apply(t *testing.T) *deployed {
	t.Helper()
	content, err := os.ReadFile(manifests())
	if err != nil {
		t.Fatal(err)
	}
	d := &deployed{kubeconfig: filepath.Join(t.TempDir(), "kubeconfig")}
	for _, document := range strings.Split(string(content), "\n---\n") {
		var is metav1.TypeMeta
		if err := yaml.Unmarshal([]byte(document), &is); err != nil {
			t.Fatal(err)
		}
		switch is.Kind {
		case "StatefulSet":
			err = yaml.UnmarshalStrict([]byte(document), &d.set)
		case "ServiceAccount", "ClusterRole", "ClusterRoleBinding":
			err = cluster.Apply(t.Context(), document)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	account := d.set.Spec.Template.Spec.ServiceAccountName
	token, err := cluster.Kubectl(t.Context(), "create", "token", account)
	if err != nil {
		t.Fatal(err)
	}
	if err := cluster.WriteKubeconfig(d.kubeconfig, account, "", &clientcmdapi.AuthInfo{Token: strings.TrimSpace(token)}); err != nil {
		t.Fatal(err)
	}
	return d
}

// run runs the container of a pod until the end of the test, and returns when it is ready. What is mounted there is in folders of the test, and there is
// no home.
func (d *deployed) run(t *testing.T, ordinal int32, b *inNATS) *streaming {
	t.Helper()
	container := d.set.Spec.Template.Spec.Containers[0]
	read := strings.NewReplacer("$("+container.Env[0].Name+")", strconv.Itoa(int(ordinal)), "nats://nats.messaging/", "nats://"+b.road.Address()+"/", "=0.0.0.0:9464", "=127.0.0.1:0")
	args := make([]string, len(container.Args))
	for i, arg := range container.Args {
		args[i] = read.Replace(arg)
	}
	for _, mount := range container.VolumeMounts {
		folder := t.TempDir()
		for i := range args {
			args[i] = strings.Replace(args[i], mount.MountPath, folder, 1)
		}
		if mount.ReadOnly { // the Secret
			if err := os.WriteFile(filepath.Join(folder, "credentials"), []byte("me:hunter2"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	command := exec.Command(program, args...)
	home := filepath.Join(t.TempDir(), "none")
	command.Env = []string{"KUBECONFIG=" + d.kubeconfig, "HOME=" + home}
	t.Cleanup(func() {
		if _, err := os.Stat(home); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("it writes into its home, which there is none of: %v", err)
		}
	})
	s := run(t, command, b.text)
	await.Success(t, patience, "its being ready", func(ctx context.Context) error { return s.probe(ctx, container.ReadinessProbe) })
	if err := s.probe(t.Context(), container.LivenessProbe); err != nil {
		t.Error(err)
	}
	return s
}

// probe asks as a probe does.
func (s *streaming) probe(ctx context.Context, by *corev1.Probe) error {
	at := regexp.MustCompile(`http://[^/ ]+`).FindString(s.said.String())
	if at == "" {
		return errors.New("it does not say where it is to be asked")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at+by.HTTPGet.Path, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		said, err := io.ReadAll(answer.Body)
		return errors.Join(fmt.Errorf("%s: %s", answer.Status, bytes.TrimSpace(said)), err)
	}
	return nil
}

// deployments changes Deployments.
func deployments(client kubernetes.Interface, namespace string) changer {
	all := client.AppsV1().Deployments(namespace)
	return func(ctx context.Context, name string, n int) (string, error) {
		labels := map[string]string{"app": name}
		replicas := int32(n)
		o := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "web"}}}},
		}}
		do := func() (*appsv1.Deployment, error) { return all.Update(ctx, o, metav1.UpdateOptions{}) }
		if n == 0 {
			do = func() (*appsv1.Deployment, error) { return all.Create(ctx, o, metav1.CreateOptions{}) }
		}
		changed, err := do()
		if err != nil {
			return "", err
		}
		return changed.ResourceVersion, nil
	}
}
