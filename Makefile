# What a newcomer needs: make test, make demo. The rest is for working on it.
GO ?= go

.PHONY: licenses vulnerabilities build test unit e2e faults healthy fuzz long soak lint fmt demo live record-demo binaries

build: ## dogwatch, and the part of it that knows rules, stripped
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w' -o dogwatch .
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w' -o dogwatch-signals ./cmd/dogwatch-signals

test: lint unit e2e ## everything, on a real control plane too

unit:
	@echo '== unit tests and the in-process API server, with the race detector'
	$(GO) test -race ./...

e2e:
	@echo '== a real control plane: built from Go modules the first time (about 10 minutes on 2 cores), then kept'
	cd e2e && $(GO) run ./cmd/build
	cd e2e && $(GO) vet ./... && $(GO) test -count=1 -race -timeout 40m ./...

faults: ## the network and the server broken for longer than make test does it: about half an hour
	cd e2e && $(GO) run ./cmd/build
	cd e2e && DOGWATCH_FAULTS_FOR=10m $(GO) test -count=1 -race -v -timeout 60m ./faults

fuzz: ## each place where text comes in, one after another; FUZZTIME=10s for a short round
	.ci/fuzz $(FUZZTIME)

healthy: ## a healthy busy cluster, in which no rule may raise an alarm, for ten minutes
	cd e2e && DOGWATCH_HEALTHY=10m $(GO) test -count=1 -race -v -timeout 30m -run TestAHealthy ./signals

long: soak faults healthy fuzz ## the long form of all that has one: about six hours

soak: ## watches, contexts, panes and sizes that come and go by the thousand; in make test, too
	$(GO) test -count=1 -race -v -run Soak ./informers ./workspace ./ui

lint:
	@echo '== go vet, gofumpt, golangci-lint (compiled the first time)'
	$(GO) vet ./...
	@test -z "$$($(GO) tool gofumpt -l . | tee /dev/stderr)"
	$(GO) tool golangci-lint run ./...
	linter=$$($(GO) tool -n golangci-lint) && cd e2e && $(GO) vet ./... && $$linter run -c ../.golangci.yml ./...
	@echo '== licences of what is in the program'
	@$(GO) run ./licenses > /dev/null

licenses: ## the licences of all modules that are in dogwatch; fails on one that is unknown or copyleft
	@$(GO) run ./licenses

vulnerabilities: ## known ones, in code that dogwatch or its tests call; asks https://vuln.go.dev, or the folder DB: data/osv of golang/vulndb
	$(GO) tool govulncheck $(if $(DB),-db file://$(DB)) -test ./...
	checker=$$($(GO) tool -n govulncheck) && cd e2e && $$checker $(if $(DB),-db file://$(DB)) -test ./...

fmt:
	$(GO) tool gofumpt -w .

demo: ## dogwatch on a recorded cluster: no network, no kubeconfig
	$(GO) run . demo

live: build ## a real control plane with living workloads, and dogwatch on it
	$(GO) -C e2e run ./cmd/demo -- $(CURDIR)/dogwatch -A

record-demo: ## the recording that demo plays, made anew in about five minutes
	cd e2e && $(GO) run ./cmd/record-demo

binaries: ## the control plane's binaries, built once and kept
	cd e2e && $(GO) run ./cmd/build
