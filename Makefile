.PHONY: help install test fast soak check format tables stubs figures docs build clean

help:     ## list the targets
	@grep -E '^[a-z]+: ' $(MAKEFILE_LIST) | sed 's/:.*##/ -/'
install:  ## editable install with everything a developer needs
	pip install -e '.[dev]'
test:     ## the test suite: 15 minutes on two cores with AVX-512, up to twice that on older ones
	pytest
fast:     ## the test suite without its slow tests: three to five minutes
	pytest -m "not slow"
soak:     ## long trials: downloads, random damage, a full disk, every export, 10,000 requests; on real data a training run that is killed and resumed
	ZOO_CASES=5000 ZOO_KILLS=50 pytest tests/weights/test_mutations.py tests/weights/test_download.py
	python tests/soak/full_disk.py
	ZOO_WHOLE=1 pytest tests/applications/test_imagenet.py tests/applications/test_irevnet.py tests/applications/test_imgclsmob.py
	ZOO_WHOLE=1 pytest tests/serving/test_every_application.py -k a_family
	python tests/soak/exports.py
	ZOO_WHOLE=1 pytest tests/house/test_newcomer.py
	ZOO_REQUESTS=10000 pytest tests/serving/test_server.py -k thousand
	python tests/soak/resume.py
check:    ## formatting, lint and types
	ruff format --check . && ruff check . && mypy
format:   ## format and sort imports
	ruff format . && ruff check --fix .
tables:   ## write the tables of README.md and weights/README.md from the manifest
	python -m zoo.release.tables
stubs:    ## write the type stub of zoo.applications
	python -m zoo.release.stubs
figures:  ## draw the figures of the documents from their data, and compute what can be computed (extra train)
	python docs/figures
docs:     ## the site, in build/docs (extra docs)
	sphinx-build -q -W --keep-going -b html docs build/docs
build:    ## wheel and sdist in dist/
	python -m build
clean:    ## remove what builds leave behind
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache
