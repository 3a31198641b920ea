package config

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/theme"
)

func TestAllThatAFileMaySay(t *testing.T) {
	const content = `# what I look at in the morning
types: [pods, "deploy,sts", "*.gateway.networking.k8s.io,nodes", "crd:app.kubernetes.io/part-of in (a,b)"]
selector: app=shop
fieldSelector: status.phase=Running
allNamespaces: true
historyMemory: 64MiB
theme: 16
keys:
  drop tab: ctrl+w
  quit: [Q, ctrl+c]
  picker:
    mark: [insert]
`
	c, problems := Parse("config.yaml", []byte(content))
	if problems != nil {
		t.Fatal(problems)
	}
	want := []Tab{
		{"pods", "app=shop", "status.phase=Running"},
		{"deploy,sts", "app=shop", "status.phase=Running"},
		{"*.gateway.networking.k8s.io,nodes", "app=shop", "status.phase=Running"},
		{"crd:app.kubernetes.io/part-of in (a,b)", "app=shop", "status.phase=Running"},
	}
	if !reflect.DeepEqual(c.Types, want) {
		t.Errorf("types %q, want %q", c.Types, want)
	}
	if !c.AllNamespaces || c.HistoryMemory == nil || *c.HistoryMemory != 64<<20 || c.Skin != theme.Skin16 {
		t.Errorf("read as %+v", c)
	}
	for key, want := range map[string]keymap.Action{"ctrl+w": keymap.DropTab, "Q": keymap.Quit, "q": ""} {
		if got, _ := c.Keys.Lookup(key, keymap.Global); got != want {
			t.Errorf("%q is %q, want %q", key, got, want)
		}
	}
	if got, _ := c.Keys.Lookup("insert", keymap.Picker); got != keymap.Mark {
		t.Errorf("insert in the picker is %q", got)
	}
}

// What a type says itself wins over what the file says for all, though that comes later, and be it to have no selector.
func TestATypeMayHaveSelectorsOfItsOwn(t *testing.T) {
	const content = `types:
- pods
- types: deploy,sts
  selector: team=shop
- {types: "*.acme.io", fieldSelector: metadata.namespace!=kube-system}
- {types: pods, selector: "", fieldSelector: ""}
- types: nodes
selector: tier!=test
fieldSelector: metadata.name!=a
`
	c, problems := Parse("config.yaml", []byte(content))
	if problems != nil {
		t.Fatal(problems)
	}
	want := []Tab{
		{"pods", "tier!=test", "metadata.name!=a"},
		{"deploy,sts", "team=shop", "metadata.name!=a"},
		{"*.acme.io", "tier!=test", "metadata.namespace!=kube-system"},
		{"pods", "", ""},
		{"nodes", "tier!=test", "metadata.name!=a"},
	}
	if !reflect.DeepEqual(c.Types, want) {
		t.Errorf("types %q, want %q", c.Types, want)
	}
}

// Types whose selector is wrong are left out: without it they would be more than what was asked for.
func TestTypesWithAWrongSelectorAreLeftOut(t *testing.T) {
	c, problems := Parse("c", []byte("types:\n- pods\n- types: nodes\n  selector: a=b=c\n- types: deploy\n  selectr: a\n- types: sts\n"))
	if len(problems) != 2 || problems[0].Line != 4 || problems[1].Line != 6 || !reflect.DeepEqual(c.Types, []Tab{{Types: "pods"}, {Types: "sts"}}) {
		t.Errorf("types %q, problems %v", c.Types, problems)
	}
}

func TestAFileThatSaysNothingIsTheDefault(t *testing.T) {
	for _, content := range []string{"", "# nothing yet\n", "---\n", "null\n", "{}", "types: []\nkeys: {}\n"} {
		c, problems := Parse("config.yaml", []byte(content))
		if problems != nil || c.Types != nil || !reflect.DeepEqual(c.Keys, keymap.Default()) {
			t.Errorf("%q: %+v, %v", content, c, problems)
		}
	}
}

func TestProblemsSayLineAndWhatWasExpected(t *testing.T) {
	for content, want := range map[string]string{
		"types: [po]\ntheme: drak":                    `config.yaml:2: theme: "drak" is none of dark, light, 16, none`,
		"heat: lots":                                  `config.yaml:1: heat: "lots" is none of tabs, rows, off`,
		"noise: [a]":                                  `config.yaml:1: noise: expected a file of rules, found a list`,
		"rules: mine.yaml":                            `config.yaml:1: rules: expected a list of files of rules, such as [shop.yaml], found "mine.yaml"`,
		"rules:\n- a.yaml\n- a.yaml\n":                `config.yaml:3: rules: "a.yaml" is named already`,
		"rules: ['']":                                 `config.yaml:1: rules: expected a file, found nothing`,
		"rules: [[a]]":                                `config.yaml:1: rules: expected text, found a list`,
		"sinks: stdout":                               `config.yaml:1: sinks: expected a list of places (- to: https://…), found "stdout"`,
		"sinks: [stdout]":                             `config.yaml:1: sinks: expected names with values (name: value), found one value`,
		"sinks:\n- format: json\n":                    `config.yaml:2: sinks: it does not say where: to: …`,
		"sinks:\n- to: stdout\n  too: b\n":            `config.yaml:3: "too" is no setting: expected one of to, format, changes, signals, skipNoise, toCA, `,
		"sinks:\n- to: stdout\n  format: xml\n":       `config.yaml:3: format: "xml" is none of text, json, cloudevents`,
		"sinks:\n- to: stdout\n  signals: yes\n":      `config.yaml:3: signals: expected true or false, found "yes"`,
		"sinks:\n- to: stdout\n  batch: 0\n":          `config.yaml:3: batch: expected a number of 1 or more, found "0"`,
		"sinks:\n- to: stdout\n  timeout: 5\n":        `config.yaml:3: timeout: expected a duration of more than 0, such as 30s, found "5"`,
		"sinks:\n- to: stdout\n  queue: much\n":       `config.yaml:3: queue: expected a size of 0 bytes or more, such as 64Mi, found "much"`,
		"sinks:\n- to: stdout\n  spoolMax: 1Ki\n":     `config.yaml:3: spoolMax: expected a size of 1048576 bytes or more, such as 64Mi, found "1Ki"`,
		"sinks:\n- to: stdout\n  headers: a\n":        `config.yaml:3: headers: expected a list, such as ["Name: value", "@FILE"], found one value`,
		"sinks:\n- {to: http://a, headers: [b: c]}\n": `config.yaml:2: headers: expected text, found names with values`,
		"sinks:\n- to: http://hunter2@a\n- to: http://b\n- to: http://hunter2@a\n": `config.yaml:4: sinks: it is the same as in line 2`,
		"theme: [dark]":                           `config.yaml:1: theme: a list is none of dark, light, 16, none`,
		"\n\ncolour: red":                         `config.yaml:3: "colour" is no setting: expected one of types, selector, fieldSelector, allNamespaces, historyMemory, noise, rules, sinks, heat, theme, keys`,
		"types: pods":                             `config.yaml:1: types: expected a list of types, such as [pods, "deploy,sts"], found "pods"`,
		"types:\n- pods\n- po,\n":                 `config.yaml:3: types: type "po,": a name is missing beside a comma`,
		"types: [\"*\"]":                          `config.yaml:1: types: type "*": give a name or a group beside *`,
		"types: [\"crd:a=b=c\"]":                  `config.yaml:1: types: type "crd:a=b=c": give labels after crd:`,
		"types: [po]\nselector: a=b=c":            `config.yaml:2: selector: expected labels, such as app=shop,tier!=web, found "a=b=c"`,
		"selector: [a]":                           `config.yaml:1: selector: expected labels, such as app=shop,tier!=web, found a list`,
		"fieldSelector: status":                   `config.yaml:1: fieldSelector: expected fields, such as status.phase=Running, found "status"`,
		"types:\n- {a: b}\n":                      `config.yaml:2: "a" is no setting: expected one of types, selector, fieldSelector`,
		"types:\n- [a]\n":                         `config.yaml:2: types: expected text, or types with selectors, found a list`,
		"types:\n- selector: a=b\n":               `config.yaml:2: types: expected types beside the selectors, such as types: pods`,
		"types:\n- {}\n":                          `config.yaml:2: types: expected types beside the selectors, such as types: pods`,
		"types:\n- types: [po]\n":                 `config.yaml:2: types: expected text, such as "deploy,sts", found a list`,
		"types:\n- types: po\n  types: sts\n":     `config.yaml:3: "types" is set in line 2 already`,
		"types:\n- types: po,\n":                  `config.yaml:2: types: type "po,": a name is missing beside a comma`,
		"types:\n- types: po\n  selector: [a]\n":  `config.yaml:3: selector: expected labels, such as app=shop,tier!=web, found a list`,
		"types:\n- types: po\n  selector:\n":      `config.yaml:3: selector: expected labels, such as app=shop,tier!=web, found nothing`,
		"types:\n- types: po\n  fieldSelector: a": `config.yaml:3: fieldSelector: expected fields, such as status.phase=Running, found "a"`,
		"allNamespaces: yes":                      `config.yaml:1: allNamespaces: expected true or false, found "yes"`,
		"allNamespaces: 'true'":                   `config.yaml:1: allNamespaces: expected true or false`,
		"historyMemory: much":                     `config.yaml:1: historyMemory: expected a size of 0 or more, such as 64Mi or 1Gi, found "much"`,
		"historyMemory: -1Mi":                     `config.yaml:1: historyMemory: expected a size`,
		"historyMemory:":                          `config.yaml:1: historyMemory: expected a size`,
		"theme: dark\ntheme: light":               `config.yaml:2: "theme" is set in line 1 already`,
		"keys: q":                                 `config.yaml:1: keys: expected names with values (name: value), found one value`,
		"keys:\n  fly: f":                         `config.yaml:2: keys: "fly": there is no action "fly": dogwatch config keys lists them`,
		"keys:\n  drop tab: q":                    `config.yaml:2: keys: "drop tab": "q" is the key of "quit" already`,
		"keys:\n  wide: Z\n  drop tab: [b, Z]\n":  `config.yaml:3: keys: "drop tab": "Z" is the key of "wide" already`,
		"keys:\n  quit: [ctrl+q, [x]]\n":          `config.yaml:2: keys: "quit": expected text, found a list`,
		"keys:\n  quit:\n":                        `config.yaml:2: keys: "quit": expected a key, such as ctrl+x, or a list of them, found nothing`,
		"keys:\n  cellar:\n    up: k\n":           `config.yaml:3: keys: "up": there is no part "cellar"`,
		"- pods":                                  `config.yaml:1: the file: expected names with values (name: value), found a list`,
		"theme: dark\n---\ntheme: dark\n":         `config.yaml:2: expected one document, not several`,
		"theme: dark\n  types: [po]\n":            `config.yaml:2: expected YAML: `,
		"types: [po\n":                            `config.yaml:`,
		"a: &a [x]\ntypes: *a":                    `config.yaml:1: "a" is no setting`,
		"? [a]\n: b":                              `config.yaml:1: the file: expected a name, found a list`,
		"theme: \"\\e[31mdark\"":                  `config.yaml:1: theme: "\x1b[31mdark" is none of`,
		"heat: off\na: \xff\n":                    `config.yaml:2: expected text in UTF-8`,
		"\xff\xfea\x00:\x00":                      `config.yaml:1: expected text in UTF-8`,
	} {
		_, problems := Parse("config.yaml", []byte(content))
		if len(problems) == 0 || !strings.HasPrefix(problems[0].Error(), want) {
			t.Errorf("%q:\n got %v\nwant %s", content, problems, want)
		}
	}
}

func TestWhatIsRightBesideAnErrorIsUsed(t *testing.T) {
	c, problems := Parse("c", []byte("types: [po, x/y]\ntheme: light\nhistoryMemory: x\nkeys:\n  quit: []\n  wide: Z\n"))
	if len(problems) != 3 || problems[0].Line != 1 || problems[1].Line != 3 || problems[2].Line != 5 {
		t.Errorf("problems %v", problems)
	}
	if len(c.Types) != 1 || c.Skin != theme.SkinLight || c.HistoryMemory != nil {
		t.Errorf("read as %+v", c)
	}
	if got, _ := c.Keys.Lookup("Z", keymap.Grid); got != keymap.ToggleWide {
		t.Errorf("Z is %q", got)
	}
}

func TestFilesThatCannotBeReadAreAProblem(t *testing.T) {
	dir := t.TempDir()
	if c, problems := Read(filepath.Join(dir, "none.yaml")); problems != nil || c.Keys == nil {
		t.Errorf("a file that is not there: %+v, %v", c, problems)
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, []byte("#"+strings.Repeat("x", maxFile)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{dir: "regular file", pipe: "regular file", large: "at most"} {
		c, problems := Read(path)
		if len(problems) != 1 || !strings.HasPrefix(problems[0].Error(), path+": ") || !strings.Contains(problems[0].What, want) || c.Keys == nil {
			t.Errorf("%s: %+v, %v", path, c, problems)
		}
	}
	if os.Geteuid() == 0 {
		return // to whom every file can be read
	}
	if err := os.Chmod(large, 0); err != nil {
		t.Fatal(err)
	}
	if _, problems := Read(large); len(problems) != 1 || !strings.Contains(problems[0].What, "cannot be read") {
		t.Errorf("a file without rights: %v", problems)
	}
}

func TestRulesOfNoiseAreReadFromTheirFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config.yaml")
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("config.yaml", "heat: off\nnoise: noise.yaml\n")
	if c, problems := Read(path); len(problems) != 1 || c.Noise != nil || !c.HideHeat || !strings.Contains(problems[0].What, "cannot be read") {
		t.Errorf("without the file: %+v, %v", c, problems)
	}
	write("noise.yaml", "rules:\n- paths: [status.seen]\n")
	if c, problems := Read(path); problems != nil || c.Noise == nil {
		t.Errorf("%+v, %v", c, problems)
	}
	write("noise.yaml", "rules:\n- paths: [status..seen]\n")
	c, problems := Read(path)
	if len(problems) != 1 || problems[0].Line != 2 || problems[0].File != filepath.Join(dir, "noise.yaml") || c.Noise != nil {
		t.Errorf("%+v, %v", c, problems)
	}
}

func TestRulesAreReadFromTheirFiles(t *testing.T) {
	dir, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "more.yaml")
	for path, content := range map[string]string{
		filepath.Join(dir, "config.yaml"): "types: [po]\nrules: [mine.yaml, none.yaml, " + elsewhere + "]\n", filepath.Join(dir, "mine.yaml"): "mine", elsewhere: "",
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, problems := Read(filepath.Join(dir, "config.yaml"))
	if len(problems) != 1 || problems[0].Line != 2 || !strings.HasPrefix(problems[0].What, `rules: "none.yaml": it cannot be read`) {
		t.Errorf("problems %v", problems)
	}
	want := []File{{Name: "mine.yaml", Line: 2, Content: []byte("mine")}, {Name: elsewhere, Line: 2, Content: []byte{}}}
	if !reflect.DeepEqual(c.Rules, want) || !slices.Equal(c.RuleNames(), []string{"mine.yaml", elsewhere}) {
		t.Errorf("read are %+v", c.Rules)
	}
}

// A sink says what the flags say, and what it does not say is as theirs.
func TestSinksAreAsTheFlags(t *testing.T) {
	c, problems := Parse("c", []byte(`sinks:
- to: file:events
  signals: true
- to: https://events.shop/in
  format: cloudevents
  changes: true
  signals: true
  skipNoise: true
  toCA: ca
  toCert: cert
  toKey: key
  headers: ["A: b", "@token"]
  batch: 7
  timeout: 5s
  queue: 1Mi
  spool: waits
  spoolMax: 2Mi
- {to: "kafka://k/t", toCredentials: login}
`))
	if problems != nil {
		t.Fatal(problems)
	}
	file, web, kafka := DefaultSink(), Sink{
		Line: 4, To: "https://events.shop/in", Format: "cloudevents", Changes: true, Signals: true, SkipNoise: true, CA: "ca", Cert: "cert", Key: "key",
		Headers: []string{"A: b", "@token"}, Batch: 7, Timeout: 5 * time.Second, Queue: 1 << 20, Spool: "waits", SpoolMax: 2 << 20,
	}, DefaultSink()
	file.Line, file.To, file.Signals = 2, "file:events", true
	kafka.Line, kafka.To, kafka.Changes, kafka.Credentials = 18, "kafka://k/t", true, "login"
	if want := []Sink{file, web, kafka}; !reflect.DeepEqual(c.Sinks, want) {
		t.Errorf("read as\n%+v\nwant\n%+v", c.Sinks, want)
	}
	var named []string
	for i := range c.Sinks {
		if err := c.Sinks[i].Files(func(name string) (string, error) { named = append(named, name); return "/" + name, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"events", "ca", "cert", "key", "waits", "token", "login"}; !slices.Equal(named, want) {
		t.Errorf("files are %q", named)
	}
	if got := c.Sinks[1]; got.Headers[1] != "@/token" || got.Spool != "/waits" || got.To != web.To || c.Sinks[0].To != "file:/events" {
		t.Errorf("with their files they are %+v", c.Sinks)
	}
	moved := web
	if moved.Line = 9; !moved.IsAs(&web) {
		t.Error("a sink is another where it is moved")
	}
	if moved.Headers = []string{"A: c", "@token"}; moved.IsAs(&web) {
		t.Error("a sink is the same with another header")
	}
}

func TestPathFollowsTheStandard(t *testing.T) {
	for _, c := range []struct{ config, home, want string }{
		{"/c", "/h", "/c/dogwatch/config.yaml"},
		{"", "/h", "/h/.config/dogwatch/config.yaml"},
		{"relative", "/h", "/h/.config/dogwatch/config.yaml"},
		{"", "", ""},
	} {
		t.Setenv("XDG_CONFIG_HOME", c.config)
		t.Setenv("HOME", c.home)
		got, err := Path()
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%+v: %q (%v)", c, got, err)
		}
	}
}
