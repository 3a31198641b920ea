package tabs

import "github.com/dogwatch/dogwatch/model/heat"

// graphOf draws how much changed in each of the last minutes, the one under way last. Each step up is about four times as much, so that
// tabs can be compared. Of what is blank nothing is known.
func graphOf(minutes []int) string {
	steps := []rune("▁▂▃▅▆▇█")
	graph := make([]rune, len(minutes))
	for i, n := range minutes {
		if n == heat.Unknown {
			graph[i] = ' '
			continue
		}
		step := 0
		for most := 0; n > most && step < len(steps)-1; most = 4*most + 1 {
			step++
		}
		graph[i] = steps[step]
	}
	return string(graph)
}
