package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/theme"
)

// withConfig makes content the user's configuration; path is where it is.
func withConfig(t *testing.T, content string) (path string) {
	t.Helper()
	home := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", home)
	path = filepath.Join(home, "dogwatch", "config.yaml")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// said runs a command line and gives all that it says.
func said(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errOut bytes.Buffer
	code = Main(append([]string{"dogwatch"}, args...), &out, &errOut)
	return code, out.String(), errOut.String()
}

func TestConfigCheckSaysAllThatIsWrong(t *testing.T) {
	path := withConfig(t, "theme: drak\nfoo: \"\\e[2J\"\n")
	code, _, stderr := said(t, "config", "check")
	want := path + ":1: theme: \"drak\" is none of dark, light, 16, none\n" +
		path + ":2: \"foo\" is no setting: expected one of types, selector, fieldSelector, allNamespaces, historyMemory, noise, rules, sinks, heat, theme, keys\n" +
		"dogwatch: 2 problems found\n"
	if code != setup.ExitError || stderr != want {
		t.Errorf("exit %d and\n%s\nwant\n%s", code, stderr, want)
	}
	good := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(good, []byte("theme: dark\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := said(t, "config", "check", good); code != setup.ExitOK || stdout != good+": nothing is wrong\n" {
		t.Errorf("a good file: exit %d, %q and %q", code, stdout, stderr)
	}
	if code, _, stderr := said(t, "config", "check", good+"x"); code != setup.ExitError || !strings.Contains(stderr, "no such file") {
		t.Errorf("no file: exit %d, %q", code, stderr)
	}
	if code, _, stderr := said(t, "config", "check", "configmap:ops/dogwatch"); code != setup.ExitError || !strings.Contains(stderr, "only files are checked") || !strings.Contains(stderr, "config check --configmap FILE") {
		t.Errorf("a ConfigMap: exit %d, %q", code, stderr)
	}
	if code, _, stderr := said(t, "config", "check", "--config-files", "x", good); code != setup.ExitUsage || !strings.Contains(stderr, "--config-files goes with --configmap") {
		t.Errorf("a folder without a ConfigMap: exit %d, %q", code, stderr)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := said(t, "config", "check"); code != setup.ExitOK || !strings.Contains(stdout, "the defaults hold") {
		t.Errorf("no file of the user's: exit %d, %q and %q", code, stdout, stderr)
	}
}

func TestConfigPathAndKeys(t *testing.T) {
	path := withConfig(t, "keys: {drop tab: ctrl+w}\n")
	if code, stdout, _ := said(t, "config", "path"); code != setup.ExitOK || stdout != path+"\n" {
		t.Errorf("exit %d, %q, want %s", code, stdout, path)
	}
	code, stdout, _ := said(t, "config", "keys")
	if code != setup.ExitOK || !strings.Contains(stdout, `drop tab: ["ctrl+w"]`) {
		t.Errorf("exit %d and\n%s", code, stdout)
	}
	// What is printed may be put into the file as it is.
	read, problems := config.Parse("printed", []byte(stdout))
	if problems != nil {
		t.Errorf("what is printed is wrong: %v", problems)
	}
	if got := read.Keys.KeyOf(keymap.Global, keymap.DropTab); got != "ctrl+w" {
		t.Errorf("what is printed gives drop tab the key %q", got)
	}
}

func TestConfigAsksWhatToDo(t *testing.T) {
	for _, args := range [][]string{{"config"}, {"config", "edit"}, {"config", "path", "x"}, {"config", "check", "a", "b"}} {
		if code, _, stderr := said(t, args...); code != setup.ExitUsage {
			t.Errorf("%q: exit %d, %q", args, code, stderr)
		}
	}
}

func TestFlagsWinOverTheConfiguration(t *testing.T) {
	withConfig(t, "allNamespaces: true\ntheme: light\nkeys: {quit: Q}\n")
	for _, c := range []struct {
		args []string
		want bool
	}{{nil, true}, {[]string{"-n", "shop"}, false}, {[]string{"-A"}, true}, {[]string{"--all-namespaces=false"}, false}} {
		ran := false
		command := newRoot("dogwatch", func(_ context.Context, o *options, _ []string) error {
			ran = true
			o.configure()
			if o.AllNamespaces != c.want || o.Config.Skin != theme.SkinLight || o.Config.Keys.KeyOf(keymap.Global, keymap.Quit) != "Q" || o.warning != "" {
				t.Errorf("%q: all namespaces %v, %+v, %q", c.args, o.AllNamespaces, o.Config, o.warning)
			}
			return nil
		})
		command.SetArgs(append([]string{}, c.args...))
		if err := command.ExecuteContext(t.Context()); err != nil || !ran {
			t.Errorf("%q: %v, ran: %v", c.args, err, ran)
		}
	}
}

func TestBrokenConfigurationIsAWarningBesideTheDefaults(t *testing.T) {
	withConfig(t, "types: [po]\ntheme: drak\nallNamespaces: maybe\n")
	o := options{Options: setup.New()}
	o.configure()
	if want := `config.yaml:2: theme: "drak" is none of dark, light, 16, none (and 1 more: dogwatch config check)`; o.warning != want {
		t.Errorf("the warning is\n%s\nwant\n%s", o.warning, want)
	}
	if len(o.Config.Types) != 1 || o.AllNamespaces {
		t.Errorf("configured as %+v", o.Config)
	}
}

func TestWithoutAHomeThereIsNoConfiguration(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv("XDG_CONFIG_HOME", "")
	o := options{Options: setup.New()}
	o.configure()
	if o.warning != "" || o.Config.Keys == nil {
		t.Errorf("configured as %+v, %q", o.Config, o.warning)
	}
	if code, _, stderr := said(t, "config", "path"); code != setup.ExitError || !strings.Contains(stderr, "HOME") {
		t.Errorf("exit %d, %q", code, stderr)
	}
}
