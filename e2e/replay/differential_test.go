package replay

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"
)

// question is a command line of kubectl, and how two answers to it are compared.
type question struct {
	args []string
	// normal makes answers the same that may differ; nil where not a byte may.
	normal normal
}

// normal gives what of an answer is compared. live tells that it is the cluster's.
type normal func(a answer, live bool) (any, error)

func (q question) String() string { return strings.Join(q.args, " ") }

// What may differ between the cluster and the replay of its recording, all of it. Everything else is compared byte for byte.

// ages: tables print how long ago something was. The cluster's time goes on while the replay's stands still. So in columns
// with one of these heads, which are as wide as their ages, it is only compared whether there is one.
var ages = map[string]bool{"AGE": true, "LAST SEEN": true, "FIRST SEEN": true, "LAST SCHEDULE": true, "DURATION": true, "RENEWED": true, "SEEN": true}

// agoes: so it is with the time since the last restart in RESTARTS.
var agoes = regexp.MustCompile(`\(\S+ ago\)`)

// maskedSecrets: values of Secrets are in no recording, so the real server's are masked first, and then it is what the text
// means that is compared.
func maskedSecrets(a answer, live bool) (any, error) {
	var list unstructured.UnstructuredList
	text, err := yaml.YAMLToJSON([]byte(a.stdout))
	if err != nil {
		return nil, err
	}
	if err := list.UnmarshalJSON(text); err != nil {
		return nil, err
	}
	for i := range list.Items {
		if !live {
			list.Items[i] = *withoutMarks(&list.Items[i])
			continue
		}
		o, err := masked(&list.Items[i])
		if err != nil {
			return nil, err
		}
		list.Items[i] = *o
	}
	return []any{list.UnstructuredContent(), a.stderr, a.code}, nil
}

// onlyRecorded: discovery of a recording has the types that were recorded, so the lists of the real server's types are cut
// down to these. Their columns are as wide as the longest type.
func onlyRecorded(a answer, _ bool) (any, error) {
	recorded := map[string]bool{"NAME": true}
	for _, k := range kinds() {
		recorded[k.arg()], recorded[k.Resource+" "+k.GroupVersion().String()] = true, true
	}
	var lines [][]string
	for line := range strings.Lines(a.stdout) {
		fields := strings.Fields(line)
		version := slices.IndexFunc(fields, func(f string) bool { return recorded[fields[0]+" "+f] })
		if version > 0 || (len(fields) == 1 || fields[0] == "NAME") && recorded[fields[0]] {
			lines = append(lines, fields)
		}
	}
	return []any{lines, a.stderr, a.code}, nil
}

// withoutAges is what a table says, but for ages.
func withoutAges(a answer, _ bool) (any, error) {
	var rows [][]string
	var starts []int
	var heads []string
	for line := range strings.Lines(a.stdout) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "":
			starts, heads = nil, nil
			rows = append(rows, nil)
			continue
		case starts == nil:
			for _, at := range regexp.MustCompile(`\S+( \S+)*`).FindAllStringIndex(line, -1) {
				starts, heads = append(starts, at[0]), append(heads, line[at[0]:at[1]])
			}
			rows = append(rows, heads)
			continue
		}
		rows = append(rows, cells([]rune(line), starts, heads))
	}
	return []any{rows, a.stderr, a.code}, nil
}

func cells(line []rune, starts []int, heads []string) []string {
	var row []string
	for i, start := range starts {
		end := len(line)
		if i+1 < len(starts) {
			end = min(end, starts[i+1])
		}
		cell := strings.TrimRight(string(line[min(start, end):end]), " ")
		if ages[heads[i]] && regexp.MustCompile(`\d[smhdy]`).MatchString(cell) {
			cell = "(age)"
		}
		row = append(row, agoes.ReplaceAllString(cell, "(age ago)"))
	}
	return row
}

// lasts: kubectl describe tells how long a pod has been terminating by its own clock, which goes on between two questions.
var lasts = regexp.MustCompile(`^Status: +Terminating \(lasts \S+\)$`)

// described is what "kubectl describe" says, but for how long pods have been terminating and the ages of events, which make
// their columns as wide as they are.
func described(a answer, _ bool) (any, error) {
	var lines []string
	events := false
	for line := range strings.Lines(a.stdout) {
		events = line != "\n" && (events || strings.HasPrefix(line, "Events:"))
		fields := strings.Fields(line)
		if events && len(fields) > 3 && (fields[0] == "Normal" || fields[0] == "Warning") {
			fields[2] = "(age)"
			if strings.HasPrefix(fields[3], "(x") { // 12s (x3 over 1m)
				fields[5] = "(age)"
			}
		}
		if events {
			line = strings.Join(fields, " ")
		}
		if lasts.MatchString(strings.TrimSuffix(line, "\n")) {
			line = "Status: Terminating (lasts (age))"
		}
		lines = append(lines, line)
	}
	return []any{lines, a.stderr, a.code}, nil
}

// questions are all that is asked.
func questions() []question {
	var all []question
	ask := func(normal normal, lines ...string) {
		for _, line := range lines {
			all = append(all, question{strings.Fields(line), normal})
		}
	}
	for _, k := range kinds() {
		get := "get " + k.arg()
		if k.namespaced {
			get += " -A"
		}
		ask(withoutAges, get, get+" -o wide", get+" --show-labels --sort-by=.metadata.uid")
		ask(nil, get+" -o name")
		full := []string{get + " -o json", get + " -o yaml --show-managed-fields"}
		if k == kindOf("secrets") {
			ask(maskedSecrets, full...)
		} else {
			ask(nil, full...)
		}
	}
	ask(withoutAges,
		"get pods", "get pods -n shop", "get pods -n nowhere", "get all -n shop", "get pods,deploy,svc -n shop", "get po,cert -A -L app,tier",
		"get pods -A -l app=web", "get pods -A -l app!=web", "get pods -A -l app", "get pods -A -l !app", "get pods -A -l app=none",
		"get pods -A --selector=tier=backend,app=cart", "get deploy,rs -A --sort-by=.metadata.name",
		"get pods -A --sort-by=.metadata.creationTimestamp", "get pods -A --sort-by=.status.podIP", "get pods -A --chunk-size=3",
		"get nodes -l topology.kubernetes.io/zone=region-1a", "get nodes node-0 node-2", "get deploy web -n shop",
		"get deploy/web svc/web cm/web-settings -n shop", "get deploy web missing cart -n shop",
		"get cert -A --field-selector metadata.namespace=shop", "get cm -A --field-selector metadata.name=web-settings",
		"get svc -A --field-selector metadata.name!=web,metadata.namespace=shop",
		"events -n shop --for deploy/web", "events -n shop --for pod/x",
		"get secrets -n shop", "get events -n shop --sort-by=.lastTimestamp", "get certificates.v1.tls.example.com -A", "get crd", "get tls -A",
	)
	all = append(all,
		question{[]string{"get", "pods", "-A", "-l", "app in (web, cart)"}, withoutAges},
		question{[]string{"get", "pods", "-A", "-l", "app notin (web),tier"}, withoutAges},
		question{[]string{"get", "pods", "-A", "-l", "app in ("}, nil},
	)
	ask(nil,
		"get pods -A --no-headers -o custom-columns=NAME:.metadata.name,NODE:.spec.nodeName,BY:.metadata.managedFields[0].manager",
		"get pods -n shop -o jsonpath={.items[*].metadata.name}", "get deploy web -n shop -o yaml", "get deploy web -n shop -o json --show-managed-fields",
		"get crd certificates.tls.example.com -o yaml", "get cm hostile-text -o json", "get deploy/web svc/web -n shop -o json",
		"get pod missing", "get pod missing -n nowhere", "get cert missing -n shop", "get node missing", "get deploy/missing -n shop -o yaml",
		"get pod missing --ignore-not-found",
		"get unheard", "get unheard.example.com", "get pods.v7", "get pods unheard/of", "get deploy.v1.batch",
		"get pods --field-selector spec=never", "get cert --field-selector spec=never", "get nodes --field-selector metadata.name=node-1 -o name",
		"get pods web -l app=web", "get pods -o unheard",
		"version",
		"get wd red -n shop -o jsonpath={.spec.huge}", "get wd green -n shop",
		"get pods -A --field-selector spec.nodeName=node-0 -o name", "get pods -A --field-selector status.phase!=Running -o name",
		"get pods -A --field-selector spec.hostNetwork=true -o name", "get pods -A --field-selector spec.hostNetwork=false,status.phase=Running -o name",
		"get nodes --field-selector spec.unschedulable=false -o name", "get ns --field-selector status.phase=Active -o name",
		"get svc -A --field-selector spec.type=ClusterIP,spec.clusterIP=None -o name", "get jobs -A --field-selector status.successful=0 -o name",
		"get secrets -A --field-selector type=Opaque -o name", "get events -A --field-selector type!=Normal -o name",
		"get events -A --field-selector source=kwok_controller,reason!=Created -o name", "get events -A --field-selector spec.nodeName=x",
	)
	ask(described,
		"describe pods,deploy,cert -n shop", "describe wd,svc,cm -n shop", "describe pods -n payments", "describe hpa,cronjob,job -A",
		"describe crd widgets.example.com",
	)
	ask(onlyRecorded, "api-resources", "api-resources --namespaced=false", "api-resources --categories=all", "api-resources -o name")
	return all
}

// TestKubectlCannotTellTheReplay asks the cluster, which stands still, and the end of its recording, served by
// dogwatch replay, the same.
func TestKubectlCannotTellTheReplay(t *testing.T) {
	cluster, err := past.kubectl(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	replay := serve(t)
	for _, q := range questions() {
		t.Run(q.String(), func(t *testing.T) {
			want, err := cluster.ask(t.Context(), q.args...)
			if err != nil {
				t.Fatal(err)
			}
			got, err := replay.ask(t.Context(), q.args...)
			if err != nil {
				t.Fatal(err)
			}
			if want == got {
				return
			}
			if q.normal == nil {
				t.Fatalf("the replay differs:\n%s", cmp.Diff(want.String(), got.String()))
			}
			normalWant, err := q.normal(want, true)
			if err != nil {
				t.Fatal(err)
			}
			normalGot, err := q.normal(got, false)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(normalWant, normalGot) {
				t.Errorf("the replay differs:\n%s", cmp.Diff(normalWant, normalGot))
			}
		})
	}
}

// The ages that the replay prints are those of the moment that it stands at.
func TestAgesAreThoseOfTheMoment(t *testing.T) {
	replay := serve(t)
	table, err := replay.ask(t.Context(), "get", "pods", "-A", "--no-headers")
	if err != nil {
		t.Fatal(err)
	}
	created, err := replay.ask(t.Context(), "get", "pods", "-A", "-o", `jsonpath={range .items[*]}{.metadata.creationTimestamp}{"\n"}{end}`)
	if err != nil {
		t.Fatal(err)
	}
	rows, times := strings.Split(table.stdout, "\n"), strings.Split(created.stdout, "\n")
	if len(rows) < 10 || len(rows) != len(times) {
		t.Fatalf("%d rows, %d times: %s%s", len(rows), len(times), table, created)
	}
	for i, row := range rows[:len(rows)-1] {
		at, err := time.Parse(time.RFC3339, times[i])
		if err != nil {
			t.Fatal(err)
		}
		if age := duration.HumanDuration(past.info.To.Sub(at)); !strings.HasSuffix(row, " "+age) {
			t.Errorf("%q does not end with %s", row, age)
		}
	}
}

// serve runs dogwatch replay at the recording's end until the test ends, and gives kubectl for it.
func serve(t *testing.T) kubectl {
	t.Helper()
	dir := t.TempDir()
	k := kubectl{past.cluster.KubectlPath(), filepath.Join(dir, "kubeconfig"), filepath.Join(dir, "home")}
	p, err := start(context.Background(), os.Environ(), past.program, "replay", past.file, "--serve", "127.0.0.1:0",
		"--write-kubeconfig", k.kubeconfig, "--paused", "--at", past.info.To.Sub(past.info.From).String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// It ends as a shell would say: by the signal.
		if err := p.end(syscall.SIGTERM); err == nil || p.cmd.ProcessState.ExitCode() != 128+int(syscall.SIGTERM) {
			t.Errorf("the replay ended with %v", err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err = until(ctx, "the replay to be served", func(context.Context) error {
		config, err := clientcmd.LoadFromFile(k.kubeconfig)
		if err == nil && config.CurrentContext == "" {
			err = errors.New("the kubeconfig is not written yet")
		}
		if err != nil {
			return errors.Join(err, p.running())
		}
		return nil
	})
	if err != nil {
		t.Fatal(fmt.Errorf("%w\n%s", err, p.stderr.String()))
	}
	return k
}
