package command_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/command"
	"github.com/dogwatch/dogwatch/replay/playback"
)

func TestLinesOfARecording(t *testing.T) {
	moment, err := playback.ParseMoment("1m20s")
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]command.Command{
		"at 1m20s":     command.At{Moment: moment},
		"speed 4":      command.Speed{Times: 4},
		"speed x64":    command.Speed{Times: 64},
		"speed 1/4":    command.Speed{Times: 0.25},
		"pause":        command.Pause{},
		"play":         command.Pause{Play: true},
		"record":       command.Record{},
		"record a/b.z": command.Record{File: "a/b.z"},
	} {
		if got, err := command.Parse(line); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q is %+v, %v; want %+v", line, got, err, want)
		}
	}
	for line, want := range map[string]string{
		"at":          "at MOMENT: expected one moment",
		"at noon":     `"noon" is no moment`,
		"speed":       "speed TIMES: expected a number from 0.25 to 64",
		"speed 65":    "from 0.25 to 64",
		"speed 1/0":   "from 0.25 to 64",
		"speed NaN":   "from 0.25 to 64",
		"speed x":     "from 0.25 to 64",
		"play it":     "takes no argument",
		"record a b":  "expected at most one file",
		"speed -4":    "from 0.25 to 64",
		"speed 1/4/5": "from 0.25 to 64",
	} {
		if _, err := command.Parse(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", line, err, want)
		}
	}
}
