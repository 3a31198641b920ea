package tabs

// graphOf draws how much changed in each of the last minutes, the one under way last. Each step up is about four times as much, so that
// tabs can be compared.
func graphOf(heat []uint32) string {
	steps := []rune("▁▂▃▅▆▇█")
	graph := make([]rune, len(heat))
	for i, n := range heat {
		step := 0
		for most := uint32(0); n > most && step < len(steps)-1; most = 4*most + 1 {
			step++
		}
		graph[i] = steps[step]
	}
	return string(graph)
}
