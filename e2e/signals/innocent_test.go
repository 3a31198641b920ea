package signals

// innocent is what looks like the trouble that a rule is for, and is none: an object whose name begins so, and what makes it.
type innocent struct {
	object string
	make   []string
}

// innocents are made before the trouble of their rules, so that they had more time to be told.
func innocents() map[string][]innocent {
	return map[string][]innocent{
		"stuck-deleting": {{"default/patient", []string{
			node("patience"),
			`{apiVersion: v1, kind: Pod, metadata: {name: patient}, spec: {nodeName: patience, terminationGracePeriodSeconds: 3600, containers: [{name: web, image: "web:1"}]}}`,
			"delete pod patient --wait=false",
		}}},
	}
}
