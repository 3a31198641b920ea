package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/signals"
	"github.com/dogwatch/dogwatch/signals/recorded"
)

const demoPath = "../../demo/demo.jsonl.zst"

// command runs the program.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), args, &out, &err)
	return code, out.String(), err.String()
}

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const mine = `rules:
- name: few-replicas
  types: [deployments.apps]
  check: object.spec.replicas >= 3
  signal: {type: FewReplicas, severity: info, title: Few replicas, message: "${object.spec.replicas} of 3"}
`

func TestRulesTestPrintsWhatWouldHaveBeenTold(t *testing.T) {
	code, stdout, stderr := command(t, "rules", "test", "--recording", demoPath)
	if code != 0 || strings.Count(stderr, "\n") != 1 { // of types that the demo does not have
		t.Errorf("it ends with %d and says %s", code, stderr)
	}
	for _, want := range []string{
		"  critical  opened    ImagePullFailing  pods/eshop/checkout-",
		"  info      happened  Scaled  deployments.apps/eshop/catalog  It was scaled: from 4 to 6\n",
		"  critical  resolved  NodeNotReady  nodes/node-3  The node is not ready: after ",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout, "FewReplicas") {
		t.Error("a rule is applied that was not given")
	}
}

func TestRulesTestAppliesTheRulesOfAFile(t *testing.T) {
	code, stdout, stderr := command(t, "rules", "test", write(t, mine), "--recording", demoPath)
	if code != 0 || stderr != "" || !strings.Contains(stdout, "info      opened    FewReplicas  deployments.apps/") || strings.Contains(stdout, "Scaled") {
		t.Errorf("it ends with %d and says %s%s", code, stdout, stderr)
	}
	_, stdout, _ = command(t, "rules", "test", write(t, mine), "--builtin", "--recording", demoPath)
	if !strings.Contains(stdout, "FewReplicas") || !strings.Contains(stdout, "Scaled") {
		t.Errorf("it says %s", stdout)
	}
}

// A rule that can find nothing looks like one that finds all to be well.
func TestRulesTestSaysWhichTypesTheRecordingDoesNotHave(t *testing.T) {
	rule := func(name, types, when string) string {
		return "- name: " + name + "\n  types: [" + types + "]\n  when: '" + when + "'\n  signal: {type: T, severity: info, title: t}\n"
	}
	path := write(t, mine+rule("misspelled", "deployment.apps, podz", "true")+rule("partly", "pods, gadgets.acme.io", "false")+rule("related", "pods", `related["secret"].size() > 0`))
	code, _, stderr := command(t, "rules", "test", path, "--builtin", "--recording", demoPath)
	builtin, err := signals.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	const todo = "; record what is missing, too, or name it as it was recorded\n"
	want := "rule misspelled finds nothing: the recording does not have deployment.apps (deployments.apps?), podz (pods?)" + todo +
		"rule partly finds nothing of a type: the recording does not have gadgets.acme.io" + todo +
		"rule related finds no related objects of a type: the recording does not have secret (secrets?)" + todo +
		fmt.Sprintf("3 of the %d rules that dogwatch comes with", len(builtin)) + " find nothing of types that the recording does not have; record them, too: " +
		"certificates.cert-manager.io, clusterroles.rbac.authorization.k8s.io, resourcequotas, roles.rbac.authorization.k8s.io\n"
	if code != 0 || stderr != want {
		t.Errorf("it ends with %d and says\n%s, want\n%s", code, stderr, want)
	}
	_, _, stderr = command(t, "rules", "test", "--cluster-policies", "--recording", demoPath)
	if want := "the cluster's own policies find nothing of types that the recording does not have; record them, too: " +
		"validatingadmissionpolicies.admissionregistration.k8s.io, validatingadmissionpolicybindings.admissionregistration.k8s.io\n"; stderr != want {
		t.Errorf("of policies that were not recorded it says %s", stderr)
	}
	refused := []recorded.Unseen{{Type: schema.GroupResource{Resource: "secrets"}, Reason: "forbidden: list secrets"}}
	if got := unseen(refused, []string{"secrets"}); !slices.Equal(got, []string{"secrets (forbidden: list secrets)"}) {
		t.Errorf("what may not be watched is named %q", got)
	}
}

// What breaks off amid a recording is read as far as it goes, and said.
func TestRulesTestSaysWhereARecordingIsDamaged(t *testing.T) {
	content, err := os.ReadFile(demoPath)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/10] ^= 0xff
	path := filepath.Join(t.TempDir(), "damaged.jsonl.zst")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := command(t, "rules", "test", write(t, mine), "--recording", path)
	if code != 0 || !strings.Contains(stderr, path+": the part that begins at 2026-11-29T20:08:11Z: this part of the recording breaks off: ") || strings.Count(stderr, "\n") != 1 ||
		!strings.Contains(stdout, "FewReplicas") {
		t.Errorf("it ends with %d, prints\n%s\nand says\n%s", code, stdout, stderr)
	}
}

func TestRulesTestSaysWhatIsWrongAndGoesOn(t *testing.T) {
	path := write(t, mine+`- name: wrong
  types: [pods]
  when: objct.a
  signal: {type: T, severity: info, title: t}
- name: missing
  types: [deployments.apps]
  when: object.spec.nothing > 1
  signal: {type: T, severity: info, title: t}
`)
	code, stdout, stderr := command(t, "rules", "test", path, "--recording", demoPath)
	if code != setup.ExitError || !strings.Contains(stdout, "FewReplicas") {
		t.Errorf("it ends with %d and prints %s", code, stdout)
	}
	for _, want := range []string{
		path + `:8:9: rule "wrong": when: undeclared reference to 'objct'`,
		"rule missing cannot be applied (", "as to deployments.apps/", "no such key: nothing",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is not in\n%s", want, stderr)
		}
	}
}

func TestRulesList(t *testing.T) {
	code, stdout, stderr := command(t, "rules", "list")
	if code != 0 || stderr != "" || !strings.Contains(stdout, "crash-loop ") || !strings.Contains(stdout, "  critical  CrashLoop ") {
		t.Errorf("it ends with %d and says %s%s", code, stdout, stderr)
	}
	_, stdout, _ = command(t, "rules", "list", write(t, mine))
	if want := "NAME          SEVERITY  SIGNAL                TYPES\nfew-replicas  info      FewReplicas (policy)  deployments.apps\n"; stdout != want {
		t.Errorf("it says\n%s", stdout)
	}
}

// A kind in place of a type would find nothing.
func TestKindsAreRefused(t *testing.T) {
	path := write(t, mine+strings.Replace(strings.TrimPrefix(labelled("kind", "1", "first"), "rules:\n"), "[pods]", "[Pod]", 1))
	config := filepath.Join(filepath.Dir(path), "config.yaml")
	if err := os.WriteFile(config, []byte("rules: [mine.yaml]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := path + `:7:11: rule "kind": types: "Pod" is no type: give RESOURCE, or RESOURCE.GROUP, as kubectl api-resources has them`
	code, stdout, stderr := command(t, "rules", "list", path)
	if code != setup.ExitError || !strings.HasPrefix(stderr, want) || strings.Contains(stdout, "kind") || !strings.Contains(stdout, "few-replicas") {
		t.Errorf("rules list ends with %d, prints\n%s\nand says %s", code, stdout, stderr)
	}
	if _, stdout, _ := command(t, "check-config", config); !strings.HasPrefix(stdout, want) {
		t.Errorf("the check says %s", stdout)
	}
}

func TestCommandLinesThatMakeNoSense(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		said string
	}{
		{[]string{"rules"}, setup.ExitUsage, "what about rules?"},
		{[]string{"rules", "tset"}, setup.ExitUsage, "there is no such command"},
		{[]string{"rules", "test"}, setup.ExitUsage, "test needs a recording"},
		{[]string{"rules", "test", "--recoring", "x"}, setup.ExitUsage, "unknown flag"},
		{[]string{"rules", "test", "--recording", "rules_test.go"}, setup.ExitError, "not a dogwatch recording"},
		{[]string{"rules", "list", "nothing.yaml"}, setup.ExitError, "nothing.yaml"},
	} {
		code, _, stderr := command(t, c.args...)
		if code != c.code || !strings.Contains(stderr, c.said) {
			t.Errorf("%q ends with %d and says %s", c.args, code, stderr)
		}
	}
}

// What is no file of rules is neither waited for nor read to its end.
func TestRulesAreReadFromFilesOnly(t *testing.T) {
	large := write(t, strings.Repeat("# a line\n", 1<<17))
	for _, path := range []string{t.TempDir(), os.DevNull, large, filepath.Join(t.TempDir(), "none")} {
		code, stdout, stderr := command(t, "rules", "list", path)
		if code != setup.ExitError || stdout != "" || !strings.Contains(stderr, path) {
			t.Errorf("%s: it ends with %d, prints %q and says %q", path, code, stdout, stderr)
		}
	}
}
