package gallery

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// take runs a shell script as the program. Its keys come raw, one read per key.
func take(t *testing.T, shell string, steps ...Step) ([]Shot, error) {
	t.Helper()
	return takeFor(t, 30*time.Second, shell, steps...)
}

func takeFor(t *testing.T, patience time.Duration, shell string, steps ...Step) ([]Shot, error) {
	t.Helper()
	p := &Picture{
		Name: "a", Columns: 30, Rows: 3, Themes: []string{"light"},
		Args: []string{"-c", "stty raw -echo; " + shell}, Steps: steps,
	}
	if err := p.complete(); err != nil {
		t.Fatal(err)
	}
	camera := &Camera{Program: "/bin/sh", Patience: patience}
	return camera.Take(t.Context(), p, "light")
}

// echo shows the keys, with a cursor behind.
const echo = `printf '>'; while key=$(dd bs=1 count=1 2>/dev/null); do printf '%s|\b' "$key"; done`

func show(d time.Duration) metav1.Duration { return metav1.Duration{Duration: d} }

func TestKeysArePressedAndTheEndIsTaken(t *testing.T) {
	t.Parallel()
	shots, err := take(t, echo, Step{Until: []string{">"}}, Step{Press: []string{"a", "b"}, Type: " c"}, Step{Until: []string{"ab c"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(shots) != 1 || !strings.HasPrefix(shots[0].Text, ">ab c|\n") {
		t.Errorf("taken was %+v", shots)
	}
	if got := shots[0].Cells[0][1].Content; got != "a" {
		t.Errorf("the second cell is %q", got)
	}
}

func TestKeysArePressedSoOften(t *testing.T) {
	t.Parallel()
	steps := []Step{{Until: []string{">"}}, {Press: []string{"a", "b"}, Times: 3}, {Until: []string{">ababab|"}}}
	if _, err := take(t, echo, steps...); err != nil {
		t.Fatal(err)
	}
}

func TestAnimationHasAFrameForEachKey(t *testing.T) {
	t.Parallel()
	shots, err := take(t, echo,
		Step{Until: []string{">"}, Show: show(time.Second)}, Step{Type: "ab", Show: show(100 * time.Millisecond)}, Step{Press: []string{"c"}},
		Step{Show: show(2 * time.Second)}, Step{Press: []string{"d"}, Until: []string{"d"}, Show: show(time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, shot := range shots {
		got = append(got, strings.TrimSpace(shot.Text)+" "+shot.Show.String())
	}
	want := []string{"> 1s", ">a| 100ms", ">ab| 100ms", ">abc| 2s", ">abcd| 1s"}
	if !slices.Equal(got, want) {
		t.Errorf("the frames are %q, want %q", got, want)
	}
}

func TestScreenIsTakenWhenItHasComeToRest(t *testing.T) {
	t.Parallel()
	shots, err := take(t, `for i in 1 2 3; do sleep 0.4; printf $i; done; sleep 60`,
		Step{Until: []string{"1"}, Show: show(time.Second)},
		Step{Show: show(time.Second), Calm: show(3 * time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.TrimSpace(shots[1].Text); text != "123" {
		t.Errorf("taken too early: %q", text)
	}
}

func TestKeyWithoutAnAnswerIsAnError(t *testing.T) {
	t.Parallel()
	_, err := takeFor(t, 2*time.Second, `printf ready; sleep 60`, Step{Until: []string{"ready"}}, Step{Press: []string{"x"}})
	wantError(t, err, "step 2", "answer to the key x", "│ready")
}

func TestTextThatDoesNotComeIsAnError(t *testing.T) {
	t.Parallel()
	_, err := takeFor(t, 2*time.Second, `printf ready; sleep 60`, Step{Until: []string{"ready", "steady"}})
	wantError(t, err, "step 1", `"steady"`, "│ready")
}

func TestTextThatStaysIsAnError(t *testing.T) {
	t.Parallel()
	_, err := takeFor(t, 2*time.Second, `printf ready; sleep 60`, Step{Until: []string{"ready"}}, Step{Gone: []string{"ready"}})
	wantError(t, err, "step 2", `without ["ready"]`)
}

func TestProgramThatEndsIsAnError(t *testing.T) {
	t.Parallel()
	_, err := take(t, `printf bye`, Step{Until: []string{"hello"}})
	wantError(t, err, "the program ended", "│bye")
}

func TestTerminalAnswersWithTheThemesBackground(t *testing.T) {
	t.Parallel()
	shots, err := take(t, `printf '\033]11;?\007'; dd bs=1 count=23 2>/dev/null | tr '\033' '^'; sleep 60`, Step{Until: []string{"rgb:"}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(shots[0].Text, "rgb:fdfd/fdfd/fcfc") {
		t.Errorf("the terminal said %q", shots[0].Text)
	}
}

func TestProgramSeesNothingOfWhoTakesThePicture(t *testing.T) {
	t.Setenv("KUBECONFIG", "mine")
	shots, err := take(t, `printf '<%s> %s' "$KUBECONFIG" "$TZ"; sleep 60`, Step{Until: []string{"UTC"}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(shots[0].Text, "<> UTC") {
		t.Errorf("the program saw %q", shots[0].Text)
	}
}

func TestScriptIsReadStrictly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pictures.yaml")
	for content, want := range map[string]string{
		"pictures: [{name: a, keys: [x]}]":           "keys",
		"pictures: [{name: a, themes: [blue]}]":      `"blue"`,
		"pictures: [{columns: 80, rows: 24}]":        "name",
		"pictures: [{name: a, steps: [{show: 1s}]}]": "one theme",
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadScript(path)
		wantError(t, err, want)
	}
	_, err := ReadScript(path + ".missing")
	wantError(t, err, path+".missing")
}

func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error about %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error lacks %q: %v", word, err)
		}
	}
}
