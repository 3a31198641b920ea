package ui

// tellConfig says once what is wrong with the configuration that is followed, and once that nothing is any more.
func (a *App) tellConfig() {
	if a.opts.ConfigProblem == nil {
		return
	}
	problem := a.opts.ConfigProblem()
	if problem == a.toldConfig {
		return
	}
	a.toldConfig = problem
	if problem == "" {
		a.status.Info("the configuration is followed again")
		return
	}
	a.status.Error(problem)
}
