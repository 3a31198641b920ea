package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/dogwatch/dogwatch/model/signal"
)

// The rules of an edit are read as they would be applied: with those of the command line, whose names they may not have.
func TestCheckRulesSaysWhatIsWrong(t *testing.T) {
	const rule = "rules: [{name: mine, types: [pods], when: 'true', signal: {type: Mine, severity: info, title: Mine}}]\n"
	own := write(t, rule)
	check := func(content string) string {
		t.Helper()
		in, err := json.Marshal(signal.Rules{Files: []signal.RulesFile{{Name: "named.yaml", Content: []byte(content)}}})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		command := newCheckRules(bytes.NewReader(in), &out)
		command.SetArgs([]string{"--", own})
		if err := command.Execute(); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if got := check("rules: []\n"); got != "" {
		t.Errorf("of none it says %s", got)
	}
	if got, want := check(rule), "named.yaml:1:9: rule \"mine\": there is a rule of this name at "+own+":1:9; give this one another\n"; got != want {
		t.Errorf("it says %s, want %s", got, want)
	}
}
