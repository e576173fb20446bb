.DEFAULT_GOAL := help
.PHONY: help demo test fault fuzz bench check dashboards lock clean runtime dev servers fonts

BIN := .venv/bin

# What Python compiles is kept: tests start many processes, and each would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: runtime fonts ## run a sample day of all source systems on the embedded store and broker
	@$(BIN)/xinglin demo

# Side by side, in three processes: of two, one often waits for a server. Each starts servers of its own, so that none
# stops another's, and runs whole files, so that what a file prepares is prepared once. They are begun in the order of
# tests/conftest.py. What they write lies in memory where there is room for it: the servers and archives still ask for
# every commit to be on the disk, and what is killed finds what it wrote; no test cuts the power.
MEMORY = $(shell test -w /dev/shm && ! grep -qE ' /dev/shm [^ ]+ [^ ]*noexec' /proc/mounts \
	&& test $$(df --output=avail -k /dev/shm | tail -n 1) -gt 6000000 && echo /dev/shm)
test: dev servers fonts ## run all tests, against private PostgreSQL and RabbitMQ instances as well
	TMPDIR=$(or $(MEMORY),$(TMPDIR),/tmp) $(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

fault: dev servers ## break everything that can break, many times, and write docs/faults.md (half an hour)
	$(BIN)/python -m tests.fault.report docs/faults.md

SECONDS := 600
fuzz: dev ## feed damaged messages and files, and run the model's machine, for ten minutes (SECONDS=60: for one)
	$(BIN)/python -m tests.fuzz $(SECONDS)

SCALE := full
bench: dev servers .peers/.installed ## measure rates, latency and memory beside bare loops and peers (SCALE=small: with less of each)
	$(BIN)/python -m tests.bench --scale $(SCALE)

# What only the peers need; apart, so that Xinglin is measured and run without it.
.peers/.installed: tests/bench/peers/requirements.txt
	rm -rf .peers
	$(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes --target .peers --requirement $<
	touch $@

# kubernetes-validate brings the schemas of Kubernetes alone: those of KEDA (scaling.yaml) and Kustomize come with nothing
# that is installed here. tests/unit/test_deploy.py looks at what these two files say.
KUBERNETES := 1.37
check: dev ## lint, check the format, the types and the import directions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/kubernetes-validate --strict --quiet --no-warn -k $(KUBERNETES) \
		$(filter-out %/kustomization.yaml %/scaling.yaml,$(wildcard deploy/kubernetes/*.yaml))

dashboards: dev ## write the rules of deploy/prometheus and the dashboards of deploy/grafana anew
	$(BIN)/python -m deploy.watch

# Hashes and no index: where packages come from is the business of the machine that installs them.
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header $(LOCK_FLAGS)

lock: dev ## pin the dependencies of pyproject.toml again (LOCK_FLAGS=--upgrade: at their newest versions)
	$(LOCK) --group build --output-file requirements.txt
	$(LOCK) --group dev --constraints requirements.txt --output-file requirements-dev.txt
	$(LOCK) --group build --extra mariadb --constraints requirements-dev.txt --output-file requirements-mariadb.txt
	$(LOCK) --group build --extra sm2 --constraints requirements-dev.txt --output-file requirements-sm2.txt
	$(LOCK) --group build --extra tracing --constraints requirements-dev.txt --output-file requirements-tracing.txt
	$(subst pyproject.toml,tests/bench/peers/requirements.in,$(LOCK)) --constraints requirements-dev.txt \
		--output-file tests/bench/peers/requirements.txt

clean: ## remove the environment and all caches; ./var, with its records and keys, stays
	rm -rf .venv .peers build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

runtime:
	@deploy/setup/environment.sh requirements.txt

dev:
	@deploy/setup/environment.sh requirements-dev.txt

servers:
	@deploy/setup/servers.sh

# Without them no paper is printed, the tests of papers are skipped, and all else works.
fonts:
	@deploy/setup/fonts.sh || true
