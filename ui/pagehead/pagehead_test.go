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
	noted.Before, noted.After = []pagehead.Note{{Text: "managed fields"}}, []pagehead.Note{{Text: "12/340"}}
	cut := noted
	cut.Above, cut.Below = 3, 12
	ended := pod
	ended.Above = 15
	scaler := pagehead.Head{Page: pagehead.YAML, Kind: "HorizontalPodAutoscaler", Name: "recommendations"}
	for _, test := range []struct {
		head  pagehead.Head
		width int
		want  string
	}{
		{pod, 79, "Pod fraud-scoring-6997d574f4-2xhlf YAML events rel hist why"},
		{pod, 54, "Pod fraud-scori…574f4-2xhlf YAML events rel hist why"},
		{pod, 46, "fraud-sco…4f4-2xhlf YAML events rel hist why"},
		{pod, 40, "Pod fraud-scoring-6997d574f4-2xhlf why"},
		{noted, 48, "fraud-sco…f4-2xhlf managed fields why 12/340"},
		{noted, 34, "Pod fraud-sc…4-2xhlf why 12/340"},
		{scaler, 54, "recommendations YAML events rel hist why"},
		{scaler, 80, "HorizontalPodAutoscaler recommendations YAML events rel hist why"},
		{pod, 12, "fra…lf why"},
		{cut, 84, "Pod fraud-scor…4f4-2xhlf managed fields YAML events rel hist why 12/340 ↑3 ↓12"},
		{cut, 34, "fraud-sc…4-2xhlf 12/340 ↑3 ↓12"},
		{ended, 54, "fraud-sco…f4-2xhlf YAML events rel hist why ↑15"},
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
