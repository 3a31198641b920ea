package pagehead_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/pagehead"
	"github.com/dogwatch/dogwatch/ui/text"
)

func TestWhatGoesWhereRoomIsShort(t *testing.T) {
	pod := pagehead.Head{Page: pagehead.Why, Kind: "Pod", Name: "fraud-scoring-6997d574f4-2xhlf"}
	noted := pod
	noted.Before, noted.After = []pagehead.Note{{Text: "managed fields"}}, []pagehead.Note{{Text: "retrying"}}
	noted.Position = " 12/340"
	cut := noted
	cut.Above, cut.Below = 3, 12
	ended := pod
	ended.Above = 15
	yaml := pagehead.Head{Page: pagehead.YAML, Kind: "Deployment", Name: "cart", Position: " 1/88", Below: 56}
	history := pod
	history.Page = pagehead.History
	scaler := pagehead.Head{Page: pagehead.YAML, Kind: "HorizontalPodAutoscaler", Name: "recommendations"}
	for _, test := range []struct {
		head  pagehead.Head
		width int
		want  string
	}{
		{pod, 79, "Pod fraud-scoring-6997d574f4-2xhlf YAML events rel hist why"},
		{pod, 54, "Pod fraud-scori…574f4-2xhlf YAML events rel hist why"},
		{pod, 46, "Pod fraud-s…4-2xhlf YAML events rel hist why"},
		{pod, 42, "Pod fraud-sco…f4-2xhlf YAML events why …"},
		{pod, 40, "Pod fraud-sc…4-2xhlf YAML events why …"},
		{pod, 36, "Pod fraud-sco…4f4-2xhlf YAML why …"},
		{history, 40, "Pod fraud-scori…74f4-2xhlf YAML hist …"},
		{history, 42, "Pod fraud-sc…f4-2xhlf YAML events hist …"},
		{pod, 12, "fr…f why …"},
		{noted, 84, "Pod fraud-sco…f4-2xhlf managed fields YAML events rel hist why 12/340 retrying"},
		{noted, 75, "Pod fraud-sco…f4-2xhlf managed fields YAML events rel hist why retrying"},
		{noted, 60, "Pod fraud-sc…f4-2xhlf managed fields YAML why … retrying"},
		{noted, 40, "Pod fraud-sco…f4-2xhlf why … retrying"},
		{yaml, 60, "Deployment cart YAML events rel hist why 1/88 ↓56"},
		{yaml, 54, "Deployment cart YAML events rel hist why ↓56"},
		{yaml, 46, "Deployment cart YAML events rel hist why ↓"},
		{scaler, 54, "HorizontalPod… recomm…tions YAML events rel hist why"},
		{scaler, 80, "HorizontalPodAutoscaler recommendations YAML events rel hist why"},
		{cut, 84, "Pod fraud-sco…f4-2xhlf managed fields YAML events rel hist why retrying ↑3 ↓12"},
		{cut, 75, "Pod fraud-s…-2xhlf managed fields YAML events rel hist why retrying ↑↓"},
		{noted, 34, "Pod fraud-…2xhlf why … retrying"},
		{noted, 32, "fraud-s…-2xhlf why … retrying"},
		{noted, 24, "Pod fraud-…2xhlf why …"},
		{cut, 34, "fraud-…2xhlf why … retrying ↑↓"},
		{ended, 54, "Pod fraud-sco…4f4-2xhlf YAML events rel hist why ↑"},
	} {
		drawn := ansi.Strip(test.head.Draw(theme.New(theme.Options{}), test.width))
		if got := strings.Join(strings.Fields(drawn), " "); got != test.want {
			t.Errorf("%d wide: %q, want %q", test.width, got, test.want)
		}
		if text.Width(drawn) != test.width {
			t.Errorf("%d wide: %d cells are drawn: %q", test.width, text.Width(drawn), drawn)
		}
	}
}
