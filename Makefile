# Two commands do everything on a machine with Python 3.11 and make: `make demo` and `make test`.
unexport PYTHONDONTWRITEBYTECODE
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.stamp-$(shell cat requirements.lock requirements-uv.lock pyproject.toml | cksum | cut -d' ' -f1)
ARGS ?=
DATA ?=

.PHONY: setup spark demo test quick laws mutants check types style bench lock clean

setup: $(STAMP)

$(STAMP): requirements.lock requirements-uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Duecourse needs Python 3.11 or newer; set PYTHON=")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@for try in 1 2 3; do VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip sync --quiet --require-hashes requirements.lock && exit 0; \
		echo "installing did not work (try $$try of 3)"; sleep 2; done; exit 1
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@rm -f .venv/.stamp-*
	@touch $@

spark: setup
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --no-deps --require-hashes -r requirements-spark.lock

demo: setup
	@$(BIN)/duecourse demo $(if $(DATA),--data "$(DATA)") $(ARGS)

test: setup
	@$(BIN)/python -m pytest -n 3 --dist loadfile $(ARGS)

quick: setup
	@$(BIN)/python -m pytest -n 3 --dist loadfile -m "not slow" $(ARGS)

laws: setup
	@$(BIN)/python -m pytest tests/laws -n 3 --dist loadfile --hypothesis-profile=long $(ARGS)

mutants: setup
	@nice -n 19 $(BIN)/python tests/mutants.py $(ARGS)

check: types style
	@$(BIN)/python -m pytest tests/tidy

types: setup
	@$(BIN)/mypy

style: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache

bench: setup
	@for file in bench/bench_*.py; do echo "== $$file"; $(BIN)/python $$file $(ARGS) || exit 1; done

lock: setup
	@$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--extra dev pyproject.toml requirements-build.in -o requirements.lock
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["spark"])' \
		| $(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--constraint requirements.lock - -o requirements-spark.lock

clean:
	rm -rf .venv build mutants src/*.egg-info
