package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/setup"
)

// Who may edit a ConfigMap has no file of this machine read or written, but in the folder that the command line names.
func TestAConfigurationInTheClusterNamesNoFilesOutsideItsFolder(t *testing.T) {
	folder, outside := t.TempDir(), filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("A: hunter2"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"out": outside, "up": filepath.Dir(outside), "dangling": outside + ".none", "in": "token"} {
		if err := os.Symlink(to, filepath.Join(folder, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "token"), []byte("A: b"), 0o600); err != nil {
		t.Fatal(err)
	}
	names := func(name string) []config.Sink {
		return []config.Sink{
			{To: "file:" + name},
			{To: "http://x", Headers: []string{"A: b", "@" + name}},
			{To: "http://x", Spool: name},
			{To: "http://x", CA: name},
			{To: "http://x", Cert: name},
			{To: "http://x", Key: name},
			{To: "nats://n/d", Credentials: name},
		}
	}
	o := &streamOptions{}
	o.ConfigFrom = "configmap:ops/dogwatch"
	for _, c := range []struct {
		folder, name, want string
	}{
		{"", "token", "may name no file of this machine, unless --config-files says in which folder"},
		{folder, "token", ""},
		{folder, "in", ""},
		{folder, "new", ""},
		{folder, "./a/../token", ""},
		{folder, "../" + filepath.Base(folder) + "/token", "has to be named as from the folder"},
		{folder, filepath.Join(folder, "token"), "has to be named as from the folder"},
		{folder, "a/../../x", "has to be named as from the folder"},
		{folder, "out", "is not in the folder"},
		{folder, "up/secret", "is not in the folder"},
		{folder, "up/none", "is not in the folder"},
		{folder, "dangling", "is not in the folder"},
	} {
		for _, s := range names(c.name) {
			o.configFiles = c.folder
			err := o.localize(&s)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s in %q of %+v: %v", c.name, c.folder, s, err)
			}
			if err == nil && !strings.Contains(fmt.Sprint(s), filepath.Join(folder, c.name)) {
				t.Errorf("%s is taken as %+v", c.name, s)
			}
		}
	}
	for _, to := range []string{"stdout", "-"} {
		if err := o.localize(&config.Sink{To: to}); err == nil {
			t.Errorf("%s is taken", to)
		}
	}
}

// So it is found by who checks it before it stands there.
func TestTheCheckSaysWhatAConfigMapMayNotName(t *testing.T) {
	dir, folder := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "saved.yaml")
	if err := os.WriteFile(filepath.Join(folder, "token"), []byte("A: b"), 0o600); err != nil {
		t.Fatal(err)
	}
	files := sinksOf(`to: stdout`, `to: "http://x", spool: ../elsewhere`, `to: "http://x", headers: ["@token"]`)
	if err := os.WriteFile(path, []byte(files["config.yaml"]), 0o600); err != nil {
		t.Fatal(err)
	}
	const token = `"token": a configuration in the cluster may name no file of this machine, unless --config-files says in which folder`
	for folder, want := range map[string][]string{
		folder: {"3: sinks: standard output is not for", `4: sinks: "../elsewhere": it has to be named as from the folder`},
		"":     {"3: sinks: standard output is not for", `4: sinks: "../elsewhere": a configuration in the cluster may name no file`, "5: sinks: " + token},
	} {
		code, stdout, _ := command(t, "check-config", "--configmap", "--config-files", folder, "--", path)
		if code != setup.ExitOK || strings.Count(stdout, "\n") != len(want) {
			t.Errorf("it ends with %d and says %s", code, stdout)
		}
		for _, line := range want {
			if !strings.Contains(stdout, path+":"+line) {
				t.Errorf("of %q it does not say %s but\n%s", folder, line, stdout)
			}
		}
	}
}

// The same, said by the program.
func TestStreamSaysWhatAConfigMapMayNotName(t *testing.T) {
	s, a := newShop(t), newCollector(t)
	folder := t.TempDir()
	from, save := homes()["a ConfigMap"](s)
	to := `to: "` + a.url + `", format: json`
	save(sinksOf(to, to+", spool: ../elsewhere"))
	c := s.beginSinks(from, "--config-files", folder)
	c.awaitSaid(`sinks, line 4: "../elsewhere": it has to be named as from the folder of --config-files`)
	c.awaitSaid("waiting for it")
	save(sinksOf(to + ", spool: here"))
	eventually(t, "what is watched", a.watches)
	if _, err := os.Stat(filepath.Join(folder, "here")); err != nil {
		t.Error(err)
	}
	save(sinksOf(to+", spool: here", "to: stdout"))
	c.awaitSaid("sinks, line 4: standard output is not for a configuration in the cluster to name")
}
