# The same commands on a laptop and in CI. They use the environment that the README's second command makes.
bin := .venv/bin

.PHONY: check test docs bench browser lock

check:  ## style, types and the one-way rule
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/pyright
	$(bin)/lint-imports

test:  ## every test, the slow comparisons with reference solvers included
	$(bin)/pytest --thorough

browser:  ## only the tests that open a page
	$(bin)/pytest -m browser

bench:  ## timings against their budgets
	$(bin)/pytest benchmarks --benchmark-enable

docs:  ## the documentation as web pages, in build/docs
	$(bin)/sphinx-build -W -b html docs build/docs

lock:  ## newest allowed versions, with hashes; needs uv
	uv pip compile pyproject.toml --group build $(lock_options) -o requirements.lock
	uv pip compile pyproject.toml --group dev -c requirements.lock $(lock_options) -o requirements-dev.lock

lock_options := --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet
