package mcp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/why"
)

// On a long way to a cause each message is cut as short as it must be, and no step is left out.
func TestLongMessagesOnALongWayAreCut(t *testing.T) {
	const limit = 4 << 10
	s := &Server{opts: Options{AnswerBytes: limit, Now: time.Now}}
	for steps, least := range map[int]int{1: messageBytes, 5: messageBytes / 4, 9: leastValueBytes / 2} {
		found := &why.Answer{Steps: make([]why.Step, steps)}
		for i := range found.Steps {
			step := &found.Steps[i]
			step.Object = &model.Object{}
			step.ID.Name = fmt.Sprint("step-", i)
			step.Finding.Message = strings.Repeat("x", 2*messageBytes)
		}
		answer, err := s.fittingAnswer(found, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := encode(answer)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > limit || strings.Count(string(text), `"step-`) != steps || !strings.Contains(string(text), strings.Repeat("x", least)) {
			t.Errorf("%d steps are told in %d bytes: %s", steps, len(text), text)
		}
	}
}
