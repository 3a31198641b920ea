package cli

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "time/tzdata" // the test of other zones needs one wherever it runs

	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
)

// info runs "recording info".
func info(path string) (code int, stdout, stderr string) {
	var out, errOut bytes.Buffer
	code = Main([]string{"dogwatch", "recording", "info", path}, &out, &errOut)
	return code, out.String(), errOut.String()
}

func TestInfoOfADamagedRecording(t *testing.T) {
	path := filepath.Join(t.TempDir(), "in.zst")
	random := rand.NewChaCha8([32]byte{})
	begin := recordedWith(t, path, func() string { // more than one block of it
		var note [4 << 10]byte
		_, _ = random.Read(note[:])
		return hex.EncodeToString(note[:])
	})
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if code, out, said := info(path); code != setup.ExitOK || said != "" || strings.Contains(out, "BROKEN") || !strings.Contains(out, "1 segment;") {
		t.Errorf("of a whole one: exit %d, %s%s", code, out, said)
	}
	// One that was cut off, then another: what is between them is lost.
	damaged := append(bytes.Clone(whole), whole...)
	damaged[len(whole)-1] ^= 0xff // in the checksum of the first one
	if err := os.WriteFile(path, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, said := info(path)
	if code != setup.ExitError || !strings.Contains(said, path+" is damaged") {
		t.Errorf("exit %d, %q", code, said)
	}
	for _, want := range []string{"READABLE TO", "LOST", clockTime(begin)} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	// Cut off before anything can be read of it.
	if err := os.WriteFile(path, whole[:40], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"recording", "info", path}, {"replay", path}, {"recording", "cut", path, "-o", path + "2"}} {
		if code, said := execute(t, args...); code != setup.ExitError || !strings.Contains(said, "it is cut off before its first state") {
			t.Errorf("%q: exit %d, %q", args, code, said)
		}
	}
}

// What info prints of a moment, cut takes for the same one, wherever the user is.
func TestInfoIsInLocalTime(t *testing.T) {
	if path := os.Getenv("DOGWATCH_TEST_INFO"); path != "" { // in the zone of another process
		os.Exit(Main([]string{"dogwatch", "recording", "info", path}, os.Stdout, os.Stderr))
	}
	zone, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "in.zst")
	begin := recorded(t, path)
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestInfoIsInLocalTime$")
	command.Env = append(os.Environ(), "TZ="+zone.String(), "DOGWATCH_TEST_INFO="+path)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if want := begin.In(zone).Format(time.RFC3339); !strings.Contains(string(out), want) || strings.Contains(string(out), "Z ") {
		t.Errorf("info lacks %s:\n%s", want, out)
	}
	busiest := regexp.MustCompile(`BUSIEST.*\n(\S+)`).FindSubmatch(out)
	if busiest == nil {
		t.Fatalf("no busiest moment:\n%s", out)
	}
	part := filepath.Join(t.TempDir(), "part.zst")
	if code, said := execute(t, "recording", "cut", path, "--from", string(busiest[1]), "-o", part); code != setup.ExitOK {
		t.Fatalf("exit %d, %s", code, said)
	}
	rec, err := recording.OpenPath(part)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rec.Close() }()
	if from, _ := rec.Span(); from.In(zone).Format(time.RFC3339) != string(busiest[1]) {
		t.Errorf("it begins at %s, want %s", from, busiest[1])
	}
}
