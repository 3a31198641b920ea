package cluster

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const twoContexts = `apiVersion: v1
kind: Config
current-context: prod
contexts:
- {name: prod, context: {cluster: prod, user: admin, namespace: web}}
- {name: staging, context: {cluster: staging, user: dev}}
- {name: broken, context: {cluster: missing, user: dev}}
clusters:
- {name: prod, cluster: {server: "https://prod.example:6443/k8s/c1", insecure-skip-tls-verify: true}}
- {name: staging, cluster: {server: "https://staging.example"}}
users:
- {name: admin, user: {token: admintoken}}
- {name: dev, user: {token: devtoken}}
`

func TestContexts(t *testing.T) {
	flags := writeKubeconfig(t, twoContexts)
	contexts, current, err := Contexts(flags)
	if err != nil {
		t.Fatal(err)
	}
	want := []Context{
		{Name: "broken", Cluster: "missing", User: "dev"},
		{Name: "prod", Cluster: "prod", User: "admin", Namespace: "web"},
		{Name: "staging", Cluster: "staging", User: "dev"},
	}
	if diff := cmp.Diff(want, contexts); diff != "" || current != "prod" {
		t.Errorf("current = %q, contexts: %s", current, diff)
	}
	flags.CurrentContext = "staging"
	if _, current, _ := Contexts(flags); current != "staging" {
		t.Errorf("current with --context = %q", current)
	}
}

func TestOpenTakesTheCurrentContext(t *testing.T) {
	c, err := Open(writeKubeconfig(t, twoContexts), "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{c.Name(), c.Namespace(), c.User(), c.Server()}
	if diff := cmp.Diff([]string{"prod", "web", "admin", "https://prod.example:6443/k8s/c1"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestFlagsOfTheStartDoNotReachOtherContexts(t *testing.T) {
	flags := writeKubeconfig(t, twoContexts)
	flags.AuthInfo.Token, flags.ClusterInfo.Server, flags.Context.Namespace, flags.AuthInfo.Impersonate = "secret", "https://other.example", "ns", "jane"
	start, err := loadSettings(flags, "prod")
	if err != nil {
		t.Fatal(err)
	}
	if start.rest.BearerToken != "secret" || start.rest.Host != "https://other.example" || start.namespace != "ns" {
		t.Errorf("the start context ignores flags: %q %q %q", start.rest.BearerToken, start.rest.Host, start.namespace)
	}
	other, err := loadSettings(flags, "staging")
	if err != nil {
		t.Fatal(err)
	}
	if other.rest.BearerToken != "devtoken" || other.rest.Host != "https://staging.example" || other.namespace != "default" {
		t.Errorf("another context obeys flags: %q %q %q", other.rest.BearerToken, other.rest.Host, other.namespace)
	}
	if other.rest.Impersonate.UserName != "jane" {
		t.Error("another context gives up --as")
	}
}

func TestFlagsOfTheStartStayWithItWhenTheKubeconfigChanges(t *testing.T) {
	flags := writeKubeconfig(t, twoContexts)
	flags.AuthInfo.Token = "secret"
	if err := PinContext(flags); err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(twoContexts, "current-context: prod", "current-context: staging", 1)
	if err := os.WriteFile(flags.Kubeconfig, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][2]string{
		"staging": {"devtoken", "https://staging.example"},
		"prod":    {"secret", "https://prod.example:6443/k8s/c1"},
		"":        {"secret", "https://prod.example:6443/k8s/c1"},
	} {
		s, err := loadSettings(flags, name)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]string{s.rest.BearerToken, s.rest.Host}; got != want {
			t.Errorf("context %q: %v, want %v", name, got, want)
		}
	}
}

func TestOpenExplainsBadConfiguration(t *testing.T) {
	tests := []struct {
		name    string
		content string
		context string
		set     func(*Flags)
		summary string
		hint    string
	}{
		{name: "near context", content: twoContexts, context: "stagin", summary: `no context "stagin"`, hint: `did you mean "staging"? There are: broken, prod, staging.`},
		{name: "far context", content: twoContexts, context: "zzz", summary: `no context "zzz"`, hint: "there are: broken, prod, staging."},
		{
			name: "context by flag", content: twoContexts, summary: `no context "prods"`, hint: `did you mean "prod"?`,
			set: func(f *Flags) { f.CurrentContext = "prods" },
		},
		{name: "cluster missing", content: twoContexts, context: "broken", summary: `context "broken" cannot be used: there is no cluster "missing"`, hint: "correct it"},
		{
			name: "user missing", content: strings.Replace(twoContexts, "user: admin,", "user: nobody,", 1),
			summary: `context "prod" cannot be used: there is no user "nobody"`, hint: "correct it",
		},
		{name: "empty", content: "", summary: "names no cluster", hint: "--kubeconfig"},
		{name: "malformed", content: "a: [b", summary: "is malformed", hint: "correct the file"},
		{name: "text", content: "clusters", summary: "is malformed: there is text where names with values are expected", hint: "correct the file"},
		{name: "a list for a text", content: "apiVersion: v1\nkind: Config\nclusters: [{name: a, cluster: {server: [x]}}]", summary: "is malformed: clusters.cluster.server: there is a list where", hint: "correct the file"},
		{name: "binary", content: "\x00\x01\x02", summary: "is malformed", hint: "correct the file"},
		{name: "no current context", content: strings.Replace(twoContexts, "current-context: prod", "", 1), summary: "no current context", hint: "--context: broken, prod, staging"},
		{
			name: "missing file", content: twoContexts, summary: "no such kubeconfig file", hint: "--kubeconfig",
			set: func(f *Flags) { f.Kubeconfig += ".not" },
		},
		{
			name: "a folder", content: twoContexts, summary: "is a directory", hint: "--kubeconfig",
			set: func(f *Flags) { f.Kubeconfig = filepath.Dir(f.Kubeconfig) },
		},
		{
			name: "bad timeout", content: twoContexts, summary: "cannot be used", hint: "",
			set: func(f *Flags) { f.Timeout = "soon" },
		},
		{
			name: "bad authority", content: twoContexts, summary: "cannot be used", hint: "",
			set: func(f *Flags) { f.ClusterInfo.CertificateAuthority = "/does/not/exist" },
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			flags := writeKubeconfig(t, test.content)
			if test.set != nil {
				test.set(flags)
			}
			_, err := Open(flags, test.context, Options{})
			var config *ConfigError
			if !errors.As(err, &config) {
				t.Fatalf("error = %v", err)
			}
			if !strings.Contains(config.Summary, test.summary) || !strings.Contains(config.Hint, test.hint) {
				t.Errorf("summary = %q, hint = %q", config.Summary, config.Hint)
			}
			if p := Explain(err); !p.Permanent || p.Summary == "" {
				t.Errorf("Explain = %+v", p)
			}
		})
	}
}

func TestOpenWithoutKubeconfig(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	t.Setenv("KUBERNETES_MASTER", "")
	missing := filepath.Join(t.TempDir(), "nothing")
	t.Setenv("KUBECONFIG", missing)
	flags := NewFlags()
	_, err := Open(flags, "", Options{})
	var config *ConfigError
	if !errors.As(err, &config) || !strings.Contains(config.Summary, missing) {
		t.Fatalf("error = %v", err)
	}
	flags.ClusterInfo.Server = "http://127.0.0.1:8001"
	c, err := Open(flags, "", Options{})
	if err != nil || c.Server() != "http://127.0.0.1:8001" || c.Namespace() != "default" {
		t.Fatalf("with --server: %v, %v", c, err)
	}
}

func TestOpenNamesTheMalformedFileOfSeveral(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good"), filepath.Join(dir, "bad")
	if err := errors.Join(os.WriteFile(good, []byte(twoContexts), 0o600), os.WriteFile(bad, []byte("a: [b"), 0o600)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", good+string(os.PathListSeparator)+bad)
	_, err := Open(NewFlags(), "", Options{})
	if err == nil || !strings.Contains(err.Error(), bad) {
		t.Errorf("error = %v", err)
	}
}

func TestPluginsGetNoTerminal(t *testing.T) {
	flags := writeKubeconfig(t, strings.Replace(twoContexts, "{token: admintoken}",
		"{exec: {apiVersion: client.authentication.k8s.io/v1, command: does-not-exist, interactiveMode: IfAvailable}}", 1))
	s, err := loadSettings(flags, "")
	if err != nil {
		t.Fatal(err)
	}
	prepare(s.rest, Options{})
	if !s.rest.ExecProvider.StdinUnavailable {
		t.Error("the plugin may read the terminal")
	}
	c, err := Open(flags, "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Get(t.Context(), "/api/v1/pods", nil, "")
	if p := Explain(err); p.Summary != `the login plugin "does-not-exist" is not installed` || !p.Permanent {
		t.Errorf("Explain(%v) = %+v", err, p)
	}
}

// A pipe would be waited for, and is empty when it is read again.
func TestKubeconfigIsNoPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("there are no named pipes here:", err)
	}
	check := func(flags *Flags) {
		t.Helper()
		var wrong *ConfigError
		if _, err := Open(flags, "", Options{}); !errors.As(err, &wrong) || !strings.Contains(wrong.Summary, pipe+" is a pipe") || wrong.Hint == "" {
			t.Errorf("opened: %v", err)
		}
		if err := PinContext(flags); err != nil && !strings.Contains(err.Error(), "is a pipe") {
			t.Errorf("pinned: %v", err)
		}
	}
	named := NewFlags()
	named.Kubeconfig = pipe
	check(named)
	t.Setenv("KUBECONFIG", pipe)
	check(NewFlags())
}

// What has no end, or is far longer than any login, would take all memory; a file that says nothing is one all the same.
func TestFilesOfTheLoginHaveAnEnd(t *testing.T) {
	long := filepath.Join(t.TempDir(), "long")
	if err := errors.Join(os.WriteFile(long, nil, 0o600), os.Truncate(long, longestFile+1)); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{"/dev/zero": " is a device", long: " bytes, and may have "} {
		if _, err := os.Stat(file); err != nil {
			continue // there are no such devices here
		}
		flags := NewFlags()
		flags.Kubeconfig = file
		var wrong *ConfigError
		if _, err := Open(flags, "", Options{}); !errors.As(err, &wrong) || !strings.Contains(wrong.Summary, file) || !strings.Contains(wrong.Summary, want) || wrong.Hint == "" {
			t.Errorf("%s as the kubeconfig: %v", file, err)
		}
		named := writeKubeconfig(t, kubeconfigFor("https://127.0.0.1:1"))
		named.AuthInfo.TokenFile = file
		if _, err := Open(named, "", Options{}); !errors.As(err, &wrong) || !strings.Contains(wrong.Summary, want) {
			t.Errorf("%s as the token: %v", file, err)
		}
		if _, err := tokenFile(file).Token(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s that a token file has become: %v", file, err)
		}
		if (&renewableFile{path: file}).renewed() {
			t.Errorf("%s that a certificate has become is read", file)
		}
	}
	if err := refuseFile("kubeconfig", os.DevNull, "--kubeconfig"); err != nil {
		t.Errorf("%s: %v", os.DevNull, err)
	}
}

// Nor is anything that it names, or that a flag names instead.
func TestFilesOfTheLoginAreNoPipes(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("there are no named pipes here:", err)
	}
	for what, test := range map[string]struct {
		from, to string
		flag     func(*Flags) *string
	}{
		"certificate authority": {
			"insecure-skip-tls-verify: true", "certificate-authority: " + pipe,
			func(f *Flags) *string { return &f.ClusterInfo.CertificateAuthority },
		},
		"token file":         {"{token: t0ken}", "{tokenFile: " + pipe + "}", func(f *Flags) *string { return &f.AuthInfo.TokenFile }},
		"client certificate": {"{token: t0ken}", "{client-certificate: " + pipe + "}", func(f *Flags) *string { return &f.AuthInfo.ClientCertificate }},
		"client key":         {"{token: t0ken}", "{client-key: " + pipe + "}", func(f *Flags) *string { return &f.AuthInfo.ClientKey }},
	} {
		check := func(where string, flags *Flags) {
			t.Helper()
			var wrong *ConfigError
			if _, err := Open(flags, "", Options{}); !errors.As(err, &wrong) || !strings.Contains(wrong.Summary, "the "+what+" "+pipe+" is a pipe") {
				t.Errorf("%s in %s: opened: %v", what, where, err)
			}
		}
		kubeconfig := kubeconfigFor("https://127.0.0.1:1")
		named := strings.Replace(kubeconfig, test.from, test.to, 1)
		if named == kubeconfig {
			t.Fatalf("there is no %q in\n%s", test.from, kubeconfig)
		}
		check("the kubeconfig", writeKubeconfig(t, named))
		flags := writeKubeconfig(t, kubeconfig)
		*test.flag(flags) = pipe
		check("a flag", flags)
	}
}

// A kubeconfig that is given counts alone, and is not changed by who reads it.
func TestKubeconfigThatIsGivenIsReadInsteadOfFiles(t *testing.T) {
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "nothing"))
	flags := NewFlags()
	flags.Kubeconfig = "/nothing"
	if err := flags.UseKubeconfig([]byte(twoContexts)); err != nil {
		t.Fatal(err)
	}
	if err := PinContext(flags); err != nil || flags.CurrentContext != "prod" {
		t.Errorf("the context is %q, %v", flags.CurrentContext, err)
	}
	contexts, _, err := Contexts(flags)
	if err != nil || len(contexts) != 3 {
		t.Errorf("the contexts are %v, %v", contexts, err)
	}
	for name, token := range map[string]string{"": "admintoken", "staging": "devtoken"} {
		if got, err := loadSettings(flags, name); err != nil || got.rest.BearerToken != token {
			t.Errorf("%q is not as the kubeconfig says: %v", name, err)
		}
	}
	if err := flags.UseKubeconfig([]byte("{")); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("what is no kubeconfig: %v", err)
	}
}
